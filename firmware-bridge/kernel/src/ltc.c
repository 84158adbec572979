#include "elementary.h"
#include "kernel.h"
#include "vector.h"

/* What stays the same through the unfolds of a step, and the sums of one. */
typedef struct lln_ltc_sums {
  float *capacity;
  float *num_base;
  float *den_base;
  float *num;
  float *den;
} lln_ltc_sums;

static lln_ltc_sums lln_divide_work(float *work, size_t stride) {
  const lln_ltc_sums sums = {work, work + stride, work + 2 * stride, work + 3 * stride, work + 4 * stride};
  return sums;
}

/* Maps the inputs in place; returns the table behind the map. */
static const lln_table *lln_map_input(const lln_network *network, const lln_table *tables, float *input) {
  if (!lln_has(network, LLN_FLAG_INPUT_MAP)) return tables;
  lln_map(tables, input, input, network->input_size);
  return tables + 1;
}

/* Capacities, and the sums that every unfold starts from: leak, then the sensory synapses. */
static void lln_ltc_drive(const lln_network *network, const lln_table *sensory, const lln_table *constants,
                          const lln_step_memory *memory, const lln_ltc_sums *sums) {
  const float *capacitance = lln_vector(constants, 0);
  const float *leak = lln_vector(constants, 1);
  const float *leak_current = lln_vector(constants, 2);
  float rate[LLN_WIDTH];
  for (size_t s = 0; s < LLN_WIDTH; s++) rate[s] = (float)network->unfolds / memory->time_step[s];
  for (size_t i = 0; i < lln_whole(network->units); i++) {
    for (size_t s = 0; s < LLN_WIDTH; s++) {
      const size_t at = i * LLN_WIDTH + s;
      sums->capacity[at] = capacitance[i] * rate[s];
      sums->num_base[at] = leak_current[i];
      sums->den_base[at] = leak[i] + network->epsilon;
    }
  }
  lln_add_currents(sensory, memory->input, sums->num_base, sums->den_base);
}

/* Sessions for which no time passes may stand beside others: their neurons keep still. */
LLN_HOT static void lln_ltc_move(const lln_ltc_sums *sums, const float *restrict time_step, float *restrict v,
                                 size_t units) {
  const float *restrict capacity = sums->capacity;
  const float *restrict num = sums->num;
  const float *restrict den = sums->den;
  for (size_t i = 0; i < units; i++) {
    for (size_t s = 0; s < LLN_WIDTH; s++) {
      const size_t at = i * LLN_WIDTH + s;
      const float moved = lln_fmaf(capacity[at], v[at], num[at]) / (capacity[at] + den[at]);
      v[at] = time_step[s] < LLN_LTC_TIME_STEP_MIN ? v[at] : moved;
    }
  }
}

static bool lln_has_time_passed(const float *time_step) {
  bool has_passed = false;
  for (size_t s = 0; s < LLN_WIDTH; s++) has_passed |= time_step[s] >= LLN_LTC_TIME_STEP_MIN;
  return has_passed;
}

LLN_LINKAGE void lln_ltc_step(const lln_network *network, const lln_table *tables, const lln_step_memory *memory) {
  const size_t units = lln_whole(network->units);
  const lln_table *sensory = lln_map_input(network, tables, memory->input);
  if (!lln_has_time_passed(memory->time_step)) return;
  const lln_ltc_sums sums = lln_divide_work(memory->work_a, (size_t)lln_padded(network->units) * LLN_WIDTH);
  lln_ltc_drive(network, sensory, sensory + 2, memory, &sums);
  for (uint32_t unfold = 0; unfold < network->unfolds; unfold++) {
    lln_copy(sums.num, sums.num_base, units * LLN_WIDTH);
    lln_copy(sums.den, sums.den_base, units * LLN_WIDTH);
    lln_add_currents(sensory + 1, memory->hidden, sums.num, sums.den);
    lln_ltc_move(&sums, memory->time_step, memory->hidden, units);
  }
}
