/* The product: start, reset, watchdog, id. */
#include "lln_platform/board.h"

#include "../cortex_m7/start.h"
#include "board.h"
#include "registers.h"

/* The watchdog counts LSI / 256, nominally 8 ms a step: 32 kHz, up to 33.6 kHz (DS12110, LSI characteristics). */
#define LLN_IWDG_PRESCALER_256 6u
#define LLN_IWDG_STEP_MS 8u
/* Two LSI steps of the slowest prescaler are 16 ms, far less than that many looks at 400 MHz. */
#define LLN_LOOKS 10000000u

static lln_reset_cause lln_cause;
static bool lln_is_watched;

/* The rarer ones first: power-on also sets the flag of a brown-out, and every reset that of the pin (RM0433, table 56).
 */
static lln_reset_cause lln_read_cause(void) {
  const uint32_t flags = RCC_RSR;
  const lln_reset_cause noted = lln_noted_cause();
  RCC_RSR = RCC_RSR_REMOVE;
  if ((flags & RCC_RSR_POWER) != 0) return LLN_RESET_POWER;
  if ((flags & RCC_RSR_BROWN_OUT) != 0) return LLN_RESET_BROWN_OUT;
  if ((flags & (RCC_RSR_IWDG1 | RCC_RSR_WWDG1)) != 0) return LLN_RESET_WATCHDOG;
  if ((flags & RCC_RSR_SOFTWARE) != 0) return noted == LLN_RESET_POWER ? LLN_RESET_SOFTWARE : noted;
  return (flags & RCC_RSR_PIN) != 0 ? LLN_RESET_PIN : LLN_RESET_UNKNOWN;
}

void lln_board_start(void) {
  lln_vectors_start();
  lln_cause = lln_read_cause();
  const lln_clocks clocks = lln_clocks_start();
  lln_caches_start();
  lln_clock_start(&clocks);
  lln_serial_start(&clocks);
  lln_interrupts_on();
}

const char *lln_board_kind(void) { return "stm32h743"; }

size_t lln_board_id(uint8_t id[16]) {
  for (size_t i = 0; i < FACTORY_ID_BYTES; i++) id[i] = FACTORY_ID[i];
  return FACTORY_ID_BYTES;
}

lln_reset_cause lln_board_reset_cause(void) { return lln_cause; }

/* The key that starts it also starts LSI; the registers take effect when they have been carried over to that clock. */
void lln_watchdog_start(uint32_t timeout_ms) {
  const uint32_t steps = timeout_ms / LLN_IWDG_STEP_MS;
  IWDG1_KR = IWDG_KEY_START;
  IWDG1_KR = IWDG_KEY_UNLOCK;
  IWDG1_PR = LLN_IWDG_PRESCALER_256;
  IWDG1_RLR = steps < IWDG_RLR_MAX ? steps : IWDG_RLR_MAX;
  (void)lln_wait_for(&IWDG1_SR, IWDG_SR_UPDATING, 0, LLN_LOOKS);
  lln_is_watched = true;
  lln_watchdog_feed();
}

void lln_watchdog_feed(void) {
  if (lln_is_watched) IWDG1_KR = IWDG_KEY_FEED;
}
