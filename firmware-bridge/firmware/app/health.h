/* Counters since the last reset. */
#ifndef LLN_APP_HEALTH_H
#define LLN_APP_HEALTH_H

#include <stdbool.h>
#include <stdint.h>

#define LLN_HISTOGRAM_BINS 16u
/* Bin i counts steps of less than 2^(i + LLN_HISTOGRAM_FIRST) cycles, the last one all others too. */
#define LLN_HISTOGRAM_FIRST 10u

typedef struct lln_health {
  uint32_t inferences;
  uint32_t errors;
  uint32_t timed; /* inferences whose cycles were counted */
  uint64_t cycles_min;
  uint64_t cycles_max;
  uint64_t cycles_sum;
  uint32_t histogram[LLN_HISTOGRAM_BINS];
} lln_health;

/* An inference, and what one step of it took on average; 0 where nobody counts. */
void lln_health_count(lln_health *health, bool is_error, uint64_t cycles_per_step);

uint64_t lln_health_mean(const lln_health *health);

/* Most bytes of stack that were ever in use, and how many there are. */
void lln_health_stack(uint32_t *used, uint32_t *bytes);

#endif
