/* What the linker scripts of the boards and the common start agree on. */
#ifndef LLN_CORTEX_M7_START_H
#define LLN_CORTEX_M7_START_H

#include <stdint.h>

#include "lln_platform/board.h"

/* Below the stack: an access here is a fault instead of silent damage. Also the MPU's smallest region. */
#define LLN_STACK_GUARD_BYTES 32u
#define LLN_STACK_GUARD_LOG2 5u

extern uint32_t lln_stack_bottom[];
extern uint32_t lln_stack_top[];

/* A part of the image that is copied to where it runs. */
typedef struct lln_copy {
  const uint32_t *from;
  uint32_t *to;
  uint32_t *end;
} lln_copy;

typedef void (*lln_handler)(void);

/* Where the processor begins; the second entry of a vector table. */
void lln_reset_handler(void);

/* The board's own part of the start: clocks, memory protection, serial line. Runs with all memory in place. */
void lln_board_start(void);

/* For every exception that nobody expects. Notes a fault and resets; never returns. */
void lln_fault_handler(void);

/* Every exception leads to lln_fault_handler until something else is said. The interrupt is enabled with it. */
void lln_vectors_start(void);
void lln_on_nmi(lln_handler handler);
void lln_on_interrupt(uint32_t number, lln_handler handler);

/* Whether the fault that is being handled came from the board's flash. */
int lln_board_fault_is_of_flash(void);

/* Forbids the lowest bytes of the stack, as region `number` of the MPU. */
void lln_stack_guard(uint32_t number);

/*
 * What the last run left behind in memory that a reset keeps. LLN_RESET_UNKNOWN if nothing was noted (the watchdog
 * came, or a pin); LLN_RESET_POWER if the memory lost its content. Once, at the start.
 */
lln_reset_cause lln_noted_cause(void);
_Noreturn void lln_reset_because(lln_reset_cause cause);

#endif
