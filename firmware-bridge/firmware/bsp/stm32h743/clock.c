/* Time from timer 5 at 1 MHz, rest until its compare register, cycles from the processor's own counter. */
#include "lln_platform/clock.h"

#include "../cortex_m7/start.h"
#include "board.h"
#include "registers.h"

/* Well within one turn of the 32-bit timer (71 min), so that no turn is missed. */
#define LLN_REST_US_MAX 60000000u
/* Closer than this the timer may have passed the mark before it is armed. */
#define LLN_REST_US_MIN 5u

static uint64_t lln_us;
static uint32_t lln_last;
static uint32_t lln_cycles_hz;

static void lln_tim5_handler(void) {
  TIM5_DIER = 0;
  TIM5_SR = ~TIM_COMPARE_1;
  (void)TIM5_SR;
}

static void lln_cycles_start(uint32_t processor_hz) {
  DEBUG_DEMCR |= DEBUG_DEMCR_TRACE;
  DWT_LAR = DWT_LAR_KEY;
  DWT_CYCCNT = 0;
  DWT_CTRL |= DWT_CTRL_CYCLES;
  lln_barrier();
  lln_cycles_hz = DWT_CYCCNT != 0 ? processor_hz : 0;
}

void lln_clock_start(const lln_clocks *clocks) {
  RCC_APB1LENR |= RCC_APB1LENR_TIM5;
  (void)RCC_APB1LENR; /* the clock is there two cycles later (RM0433, 8.5.11) */
  TIM5_PSC = clocks->apb1_timer_hz / 1000000u - 1u;
  TIM5_ARR = UINT32_MAX;
  TIM5_EGR = TIM_EGR_UPDATE;
  TIM5_CR1 = TIM_CR1_ON;
  lln_last = TIM5_CNT;
  lln_on_interrupt(LLN_TIM5_INTERRUPT, lln_tim5_handler);
  lln_cycles_start(clocks->processor_hz);
}

uint64_t lln_clock_us(void) {
  const uint32_t now = TIM5_CNT;
  lln_us += now - lln_last;
  lln_last = now;
  return lln_us;
}

uint32_t lln_clock_cycles(void) { return DWT_CYCCNT; }
uint32_t lln_clock_cycles_per_second(void) { return lln_cycles_hz; }

/* Interrupts are off between the look and the sleep: one that comes in between ends the sleep at once. */
void lln_clock_rest(uint32_t us) {
  if (us < LLN_REST_US_MIN) return;
  lln_interrupts_off();
  TIM5_CCR1 = TIM5_CNT + (us < LLN_REST_US_MAX ? us : LLN_REST_US_MAX);
  TIM5_SR = ~TIM_COMPARE_1;
  TIM5_DIER = TIM_COMPARE_1;
  if (lln_serial_is_quiet()) lln_wait_for_interrupt();
  lln_interrupts_on();
  TIM5_DIER = 0;
}
