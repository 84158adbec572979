#include "health.h"

#include "lln_platform/board.h"

void lln_health_count(lln_health *health, bool is_error, uint64_t cycles_per_step) {
  health->inferences++;
  if (is_error) health->errors++;
  if (cycles_per_step == 0) return;
  if (health->timed == 0 || cycles_per_step < health->cycles_min) health->cycles_min = cycles_per_step;
  if (cycles_per_step > health->cycles_max) health->cycles_max = cycles_per_step;
  health->cycles_sum += cycles_per_step;
  health->timed++;
  uint32_t bin = 0;
  while (bin + 1 < LLN_HISTOGRAM_BINS && cycles_per_step >> (bin + LLN_HISTOGRAM_FIRST) != 0) bin++;
  health->histogram[bin]++;
}

uint64_t lln_health_mean(const lln_health *health) {
  return health->timed == 0 ? 0 : health->cycles_sum / health->timed;
}

void lln_health_stack(uint32_t *used, uint32_t *bytes) {
  const lln_stack stack = lln_board_stack();
  const uint32_t *touched = stack.lowest;
  while (touched < stack.end && *touched == LLN_STACK_PAINT) touched++;
  *used = (uint32_t)((uintptr_t)stack.end - (uintptr_t)touched);
  *bytes = (uint32_t)((uintptr_t)stack.end - (uintptr_t)stack.lowest);
}
