/* What a board calls: one loop that does everything, one thing after the other. */
#include "app.h"
#include "config.h"
#include "lln_platform/board.h"
#include "lln_platform/clock.h"
#include "lln_platform/serial.h"

#define READ_BYTES 256u

_Noreturn void lln_application(void) {
  static lln_app app;
  static uint8_t bytes[READ_BYTES];
  lln_watchdog_start(LLN_WATCHDOG_MS);
  lln_app_start(&app);
  for (;;) {
    const size_t count = lln_serial_read(bytes, sizeof bytes);
    lln_app_receive(&app, bytes, count);
    lln_app_tick(&app);
    if (count == 0) lln_clock_rest(LLN_REST_US);
  }
}
