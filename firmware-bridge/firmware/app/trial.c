#include "trial.h"

#include "config.h"

lln_trial_verdict lln_judge_trial(uint64_t now_ms, uint64_t deadline_ms, uint32_t inferences, uint32_t errors) {
  if (inferences >= LLN_TRIAL_EVIDENCE && (uint64_t)errors * LLN_TRIAL_ERRORS_ONE_IN > inferences) {
    return LLN_TRIAL_TOO_MANY_ERRORS;
  }
  return now_ms >= deadline_ms ? LLN_TRIAL_TIME_IS_OVER : LLN_TRIAL_GOES_ON;
}

uint32_t lln_trial_seconds_left(uint64_t now_ms, uint64_t deadline_ms) {
  return now_ms >= deadline_ms ? 0u : (uint32_t)((deadline_ms - now_ms + 999u) / 1000u);
}
