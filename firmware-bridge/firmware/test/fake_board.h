/* A board inside a test: flash in memory, a clock that the test moves, power that can be cut. */
#ifndef LLN_TEST_FAKE_BOARD_H
#define LLN_TEST_FAKE_BOARD_H

#include <stdbool.h>

#include "../bsp/posix/flash_model.h"
#include "app.h"

typedef enum fake_end { FAKE_DONE, FAKE_CUT, FAKE_RESET } fake_end;

/* A new flash, with the layout of the STM32H743. */
void fake_begin(void);

extern lln_flash_model fake_flash;
extern uint64_t fake_now_us;

/* Keeps the flash's content, and brings it back. */
void fake_save(void);
void fake_restore(void);

/* Runs `work` until it returns, the power is cut, or the board resets itself. */
fake_end fake_run(void (*work)(lln_app *app), lln_app *app);

/* The power fails in the operation `from_now` operations away, 1 for the next one; 0 for never. */
void fake_cut(uint64_t from_now, lln_cut_mode mode);

#endif
