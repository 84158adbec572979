/*
 * Two vector tables: a constant one for the start, and one in memory for everything after it, so that interrupts are
 * served while the flash that holds the first one is busy.
 */
#include "core.h"
#include "start.h"

#define LLN_EXCEPTIONS 16u
#define LLN_VECTORS (LLN_EXCEPTIONS + 64u)
/* The next power of two above the table's size (DDI 0403, B3.2.5). */
#define LLN_VECTORS_ALIGNMENT 512

__attribute__((section(".vectors"), used)) static const lln_handler lln_boot_vectors[LLN_EXCEPTIONS] = {
    (lln_handler)(uintptr_t)lln_stack_top, lln_reset_handler, lln_fault_handler, /* NMI */
    lln_fault_handler, /* hard fault, and with it every other */
};

/* In memory that no cache stands before: the processor fetches vectors past the data cache. */
static lln_handler lln_vectors[LLN_VECTORS] __attribute__((aligned(LLN_VECTORS_ALIGNMENT), section(".fast")));

void lln_vectors_start(void) {
  for (uint32_t i = 0; i < LLN_VECTORS; i++) lln_vectors[i] = lln_fault_handler;
  SCB_VTOR = (uint32_t)(uintptr_t)lln_vectors;
  lln_barrier();
}

void lln_on_nmi(lln_handler handler) { lln_vectors[2] = handler; }

void lln_on_interrupt(uint32_t number, lln_handler handler) {
  lln_vectors[LLN_EXCEPTIONS + number] = handler;
  lln_barrier();
  NVIC_ISER(number / 32u) = 1u << (number % 32u);
}
