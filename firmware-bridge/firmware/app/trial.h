/* Watches a trial: pure, over counters and the time. */
#ifndef LLN_APP_TRIAL_H
#define LLN_APP_TRIAL_H

#include <stdbool.h>
#include <stdint.h>

typedef enum lln_trial_verdict {
  LLN_TRIAL_GOES_ON,
  LLN_TRIAL_TIME_IS_OVER,
  LLN_TRIAL_TOO_MANY_ERRORS
} lln_trial_verdict;

lln_trial_verdict lln_judge_trial(uint64_t now_ms, uint64_t deadline_ms, uint32_t inferences, uint32_t errors);

/* Seconds to the deadline, rounded up. */
uint32_t lln_trial_seconds_left(uint64_t now_ms, uint64_t deadline_ms);

#endif
