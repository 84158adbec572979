/* What the files of this board share. */
#ifndef LLN_STM32H743_BOARD_H
#define LLN_STM32H743_BOARD_H

#include <stdbool.h>
#include <stdint.h>

/* What the clocks came up with. */
typedef struct lln_clocks {
  uint32_t processor_hz;
  uint32_t apb1_hz;
  uint32_t apb1_timer_hz;
} lln_clocks;

/* Waits until the bits have the value, for so many looks; false if they never had it. */
bool lln_wait_for(volatile uint32_t *at, uint32_t mask, uint32_t value, uint32_t looks);

lln_clocks lln_clocks_start(void);
void lln_clock_start(const lln_clocks *clocks);
void lln_serial_start(const lln_clocks *clocks);
bool lln_serial_is_quiet(void);
void lln_caches_start(void);

/* What the data cache holds of these bytes is forgotten, so that the next read sees the flash. */
void lln_cache_forget(uintptr_t address, uint32_t bytes);

#endif
