/* The emulated board: vectors, start, reset, watchdog. QEMU has no register that tells why it starts. */
#include "lln_platform/board.h"

#include "../cortex_m7/start.h"
#include "board.h"
#include "registers.h"

/* Where the host writes what a real board is born with: the last bytes of the flash's file, behind all sectors in use.
 */
#define LLN_MPS2_ID ((const volatile uint8_t *)0x60FFFFF0u)
#define LLN_MPS2_ID_BYTES 16u
#define LLN_TICKS_PER_MS (LLN_MPS2_HZ / 1000u)
#define LLN_WATCHDOG_MS_MAX (UINT32_MAX / LLN_TICKS_PER_MS)

static lln_reset_cause lln_cause;
static uint32_t lln_watchdog_ticks;

/* The first time-out is an interrupt, which notes the cause; a second one resets by itself. */
static void lln_watchdog_handler(void) { lln_reset_because(LLN_RESET_WATCHDOG); }

void lln_board_start(void) {
  /* A reset without a note is the watchdog's, where its interrupt could not run any more. */
  const lln_reset_cause noted = lln_noted_cause();
  lln_cause = noted == LLN_RESET_UNKNOWN ? LLN_RESET_WATCHDOG : noted;
  lln_vectors_start();
  lln_on_nmi(lln_watchdog_handler);
  lln_stack_guard(0);
  lln_mpu_on();
  lln_clock_start();
  lln_serial_start();
  lln_interrupts_on();
}

const char *lln_board_kind(void) { return "mps2-an500"; }

size_t lln_board_id(uint8_t id[16]) {
  for (size_t i = 0; i < LLN_MPS2_ID_BYTES; i++) id[i] = LLN_MPS2_ID[i];
  return LLN_MPS2_ID_BYTES;
}

lln_reset_cause lln_board_reset_cause(void) { return lln_cause; }

/* There is no memory but RAM: whatever faulted, it was not the flash's ECC. */
int lln_board_fault_is_of_flash(void) { return 0; }

void lln_watchdog_start(uint32_t timeout_ms) {
  const uint32_t ms = timeout_ms < LLN_WATCHDOG_MS_MAX ? timeout_ms : LLN_WATCHDOG_MS_MAX;
  lln_watchdog_ticks = ms * LLN_TICKS_PER_MS;
  WATCHDOG_LOAD = lln_watchdog_ticks;
  WATCHDOG_CTRL = WATCHDOG_CTRL_INTERRUPT | WATCHDOG_CTRL_RESET;
}

/* A write to the load register begins a new count. */
void lln_watchdog_feed(void) {
  if (lln_watchdog_ticks != 0) WATCHDOG_LOAD = lln_watchdog_ticks;
}
