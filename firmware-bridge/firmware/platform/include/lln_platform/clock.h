#ifndef LLN_PLATFORM_CLOCK_H
#define LLN_PLATFORM_CLOCK_H

#include <stdint.h>

/* Microseconds since the last reset. Never goes back. */
uint64_t lln_clock_us(void);

/* The processor's cycle counter, modulo 2^32; stands still where there is none (QEMU). */
uint32_t lln_clock_cycles(void);

/* Cycles a second; 0 where lln_clock_cycles stands still. */
uint32_t lln_clock_cycles_per_second(void);

/* Rests until an interrupt, a byte, or at most `us` microseconds. May return at any time. */
void lln_clock_rest(uint32_t us);

#endif
