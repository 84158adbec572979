/* Time from a free-running timer, rest until another one: no tick. */
#include "lln_platform/clock.h"

#include "../cortex_m7/start.h"
#include "board.h"
#include "registers.h"

#define LLN_TICKS_PER_US (LLN_MPS2_HZ / 1000000u)
/* Well within one turn of the 32-bit timer (171 s), so that no turn is missed. */
#define LLN_REST_US_MAX 60000000u

static uint64_t lln_ticks;
static uint32_t lln_last;

static void lln_timer0_handler(void) {
  TIMER0_CTRL = 0;
  TIMER0_CLEAR = 1;
}

void lln_clock_start(void) {
  DUAL1_CTRL = DUAL_CTRL_ON | DUAL_CTRL_32_BITS;
  lln_last = DUAL1_VALUE;
  lln_on_interrupt(LLN_TIMER0_INTERRUPT, lln_timer0_handler);
}

/* The timer counts down. */
uint64_t lln_clock_us(void) {
  const uint32_t now = DUAL1_VALUE;
  lln_ticks += lln_last - now;
  lln_last = now;
  return lln_ticks / LLN_TICKS_PER_US;
}

uint32_t lln_clock_cycles(void) { return 0; }
uint32_t lln_clock_cycles_per_second(void) { return 0; }

/* Interrupts are off between the look and the sleep: one that comes in between ends the sleep at once. */
void lln_clock_rest(uint32_t us) {
  const uint32_t bounded = us < LLN_REST_US_MAX ? us : LLN_REST_US_MAX;
  if (bounded == 0) return;
  TIMER0_CTRL = 0;
  TIMER0_RELOAD = 0;
  TIMER0_VALUE = bounded * LLN_TICKS_PER_US;
  TIMER0_CTRL = TIMER_CTRL_ON | TIMER_CTRL_INTERRUPT;
  lln_interrupts_off();
  if (lln_serial_is_quiet()) lln_wait_for_interrupt();
  lln_interrupts_on();
  TIMER0_CTRL = 0;
}
