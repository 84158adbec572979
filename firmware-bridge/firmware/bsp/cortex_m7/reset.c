/* Starting over, on purpose and after a fault, without forgetting why. */
#include "core.h"
#include "start.h"

#define LLN_NOTE_MAGIC 0x4C4E0000u
#define LLN_NOTE_MAGIC_MASK 0xFFFF0000u

/* Kept by a reset, lost without power; the linker scripts put it where nothing is cleared. */
static volatile uint32_t lln_note __attribute__((section(".noinit")));

lln_reset_cause lln_noted_cause(void) {
  const uint32_t note = lln_note;
  lln_note = LLN_NOTE_MAGIC | (uint32_t)LLN_RESET_UNKNOWN;
  if ((note & LLN_NOTE_MAGIC_MASK) != LLN_NOTE_MAGIC) return LLN_RESET_POWER;
  const uint32_t cause = note & ~LLN_NOTE_MAGIC_MASK;
  return cause <= (uint32_t)LLN_RESET_BROWN_OUT ? (lln_reset_cause)cause : LLN_RESET_UNKNOWN;
}

_Noreturn void lln_reset_because(lln_reset_cause cause) {
  lln_interrupts_off();
  lln_note = LLN_NOTE_MAGIC | (uint32_t)cause;
  lln_barrier();
  SCB_AIRCR = SCB_AIRCR_RESET;
  lln_barrier();
  for (;;) {
  }
}

_Noreturn void lln_board_reset(void) { lln_reset_because(LLN_RESET_SOFTWARE); }

__attribute__((used)) static _Noreturn void lln_fault(void) {
  lln_reset_because(lln_board_fault_is_of_flash() ? LLN_RESET_FLASH_FAULT : LLN_RESET_FAULT);
}

/* The stack may be what is broken: a fresh one first. */
__attribute__((naked)) void lln_fault_handler(void) { __asm__ volatile("ldr sp, =lln_stack_top\n b lln_fault"); }
