#include "lln_platform/clock.h"

#include <time.h>

#include "options.h"
#include "posix_board.h"

#define NS_PER_SECOND 1000000000u
#define NS_PER_US 1000u

static uint64_t started_ns;

uint64_t lln_posix_now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * NS_PER_SECOND + (uint64_t)now.tv_nsec;
}

void lln_posix_start_clock(void) { started_ns = lln_posix_now_ns(); }

uint64_t lln_clock_us(void) { return (lln_posix_now_ns() - started_ns) * lln_posix.time_scale / NS_PER_US; }

/* Nanoseconds stand for cycles. */
uint32_t lln_clock_cycles(void) { return (uint32_t)lln_posix_now_ns(); }

uint32_t lln_clock_cycles_per_second(void) { return NS_PER_SECOND; }

void lln_clock_rest(uint32_t us) { lln_posix_wait_for_line((uint64_t)us * NS_PER_US / lln_posix.time_scale); }
