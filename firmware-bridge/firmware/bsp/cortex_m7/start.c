/*
 * From reset to the application. Everything here lies in the section .boot, which runs where the linker put it: nothing
 * else of the program is in its place yet.
 */
#include "start.h"

#include "core.h"

#define LLN_BOOT __attribute__((section(".boot"), noinline))
/* What this function itself may have on the stack while it paints the rest. */
#define LLN_UNPAINTED_BYTES 256u

extern const lln_copy lln_copies[];
extern const lln_copy lln_copies_end[];
extern uint32_t lln_bss_start[], lln_bss_end[];
extern uint32_t lln_fast_start[], lln_fast_end[];

LLN_BOOT static void lln_fill(uint32_t *from, const uint32_t *end, uint32_t value) {
  for (volatile uint32_t *word = from; word < end; word++) *word = value;
}

LLN_BOOT static void lln_prepare_memory(void) {
  for (const lln_copy *part = lln_copies; part < lln_copies_end; part++) {
    const uint32_t *from = part->from;
    for (volatile uint32_t *to = part->to; to < part->end; to++) *to = *from++;
  }
  lln_fill(lln_bss_start, lln_bss_end, 0);
  lln_fill(lln_fast_start, lln_fast_end, 0);
  uint32_t *here = __builtin_frame_address(0);
  lln_fill(lln_stack_bottom, here - LLN_UNPAINTED_BYTES / sizeof *here, LLN_STACK_PAINT);
}

LLN_BOOT static _Noreturn void lln_start(void) {
  lln_prepare_memory();
  lln_barrier();
  lln_board_start();
  lln_application();
}

/* The FPU is off until CPACR says otherwise, and code compiled for it may use it anywhere: so first, and alone. */
LLN_BOOT void lln_reset_handler(void) {
  SCB_CPACR |= SCB_CPACR_FPU;
  lln_barrier();
  /* Round to nearest, denormals kept, NaN as they come: docs/decisions/0003. Also for interrupts. */
  FPU_FPDSCR = 0;
  __asm__ volatile("vmsr fpscr, %0" ::"r"(0));
  lln_start();
}

lln_stack lln_board_stack(void) {
  const lln_stack stack = {lln_stack_bottom + LLN_STACK_GUARD_BYTES / sizeof(uint32_t), lln_stack_top};
  return stack;
}

void lln_stack_guard(uint32_t number) {
  lln_mpu_region(number, (uint32_t)(uintptr_t)lln_stack_bottom,
                 MPU_NO_ACCESS | MPU_NO_EXECUTE | MPU_NORMAL_UNCACHED | MPU_SIZE(LLN_STACK_GUARD_LOG2));
}
