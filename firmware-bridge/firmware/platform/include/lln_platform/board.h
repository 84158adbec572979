/* What a board is, and how it starts over. */
#ifndef LLN_PLATFORM_BOARD_H
#define LLN_PLATFORM_BOARD_H

#include <stddef.h>
#include <stdint.h>

#include "status.h"

typedef enum lln_reset_cause {
  LLN_RESET_UNKNOWN = 0,
  LLN_RESET_POWER = 1,
  LLN_RESET_PIN = 2,
  LLN_RESET_SOFTWARE = 3,
  LLN_RESET_WATCHDOG = 4,
  LLN_RESET_FAULT = 5,
  LLN_RESET_FLASH_FAULT = 6,
  LLN_RESET_BROWN_OUT = 7
} lln_reset_cause;

/* "posix", "mps2-an500", "stm32h743": as DeviceKind of the protocol has it. */
const char *lln_board_kind(void);

/* The processor's unique id. Returns its length, at most 16. */
size_t lln_board_id(uint8_t id[16]);

/* Why the board started. The same answer until the next reset. */
lln_reset_cause lln_board_reset_cause(void);

_Noreturn void lln_board_reset(void);

/* Starts the watchdog: from now on it must be fed within this time. Once; cannot be stopped. */
void lln_watchdog_start(uint32_t timeout_ms);
void lln_watchdog_feed(void);

/* The application: sets up, serves, never returns. The board calls it when clock, serial line and memory are ready. */
_Noreturn void lln_application(void);

/* The lowest address and the end of the stack, for the high-water mark; the board has filled it with LLN_STACK_PAINT.
 */
#define LLN_STACK_PAINT 0xA5A5A5A5u
typedef struct lln_stack {
  const uint32_t *lowest;
  const uint32_t *end;
} lln_stack;
lln_stack lln_board_stack(void);

#endif
