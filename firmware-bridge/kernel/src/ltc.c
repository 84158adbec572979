#include "elementary.h"
#include "kernel.h"

/* The sums that every unfold starts from: leak, then the sensory synapses. They do not change within a step. */
static void lln_ltc_drive(const lln_network *network, const lln_table *sensory, const lln_table *constants,
                          const float *input, float *num, float *den) {
  const float *leak = lln_vector(constants, 1);
  const float *leak_current = lln_vector(constants, 2);
  for (size_t i = 0; i < network->units; i++) {
    num[i] = leak_current[i];
    den[i] = leak[i] + network->epsilon;
  }
  lln_add_currents(sensory, input, num, den);
}

static void lln_ltc_move(const float *restrict capacity, const float *restrict num, const float *restrict den,
                         float *restrict v, size_t units) {
  for (size_t i = 0; i < units; i++) v[i] = lln_fmaf(capacity[i], v[i], num[i]) / (capacity[i] + den[i]);
}

LLN_LINKAGE void lln_ltc_step(const lln_network *network, const lln_table *tables, const lln_step_memory *memory,
                              float time_step, float *state) {
  const size_t units = network->units;
  const size_t stride = lln_padded(network->units);
  if (lln_has(network, LLN_FLAG_INPUT_MAP)) {
    const float *scale = lln_vector(tables, 0);
    const float *shift = lln_vector(tables, 1);
    for (size_t i = 0; i < network->input_size; i++) {
      memory->input[i] = lln_fmaf(memory->input[i], scale[i], shift[i]);
    }
    tables++;
  }
  lln_copy(state, memory->hidden, units);
  if (time_step < LLN_LTC_TIME_STEP_MIN) return;
  const lln_table *constants = tables + 2;
  float *capacity = memory->work_a;
  float *num_base = capacity + stride;
  float *den_base = num_base + stride;
  float *num = den_base + stride;
  float *den = num + stride;
  const float rate = (float)network->unfolds / time_step;
  const float *capacitance = lln_vector(constants, 0);
  for (size_t i = 0; i < units; i++) capacity[i] = capacitance[i] * rate;
  lln_ltc_drive(network, tables, constants, memory->input, num_base, den_base);
  for (uint32_t unfold = 0; unfold < network->unfolds; unfold++) {
    lln_copy(num, num_base, units);
    lln_copy(den, den_base, units);
    lln_add_currents(tables + 1, state, num, den);
    lln_ltc_move(capacity, num, den, state, units);
  }
}
