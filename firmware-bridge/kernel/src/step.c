#include "arithmetic.h"
#include "kernel.h"

LLN_LINKAGE size_t lln_scratch_bytes(const lln_network *network) {
  const size_t floats = (size_t)lln_padded(network->input_size) + lln_padded(network->units) +
                        2 * (size_t)network->work_floats;
  return floats * sizeof(float);
}

LLN_LINKAGE size_t lln_state_floats(const lln_network *network) {
  return lln_has(network, LLN_FLAG_MEMORY) ? 2 * (size_t)network->units : network->units;
}

LLN_LINKAGE uint32_t lln_macs_per_step(const lln_network *network) { return network->macs_per_step; }

static lln_step_memory lln_divide_scratch(const lln_network *network, float *scratch) {
  lln_step_memory memory;
  memory.input = scratch;
  memory.hidden = memory.input + lln_padded(network->input_size);
  memory.work_a = memory.hidden + lln_padded(network->units);
  memory.work_b = memory.work_a + network->work_floats;
  return memory;
}

static void lln_run_cell(const lln_network *network, const lln_table *tables, const lln_step_memory *memory,
                         float time_step, float *state) {
  switch (network->cell) {
    case LLN_CELL_CFC: lln_cfc_step(network, tables, memory, time_step, state); break;
    case LLN_CELL_WIRED_CFC: lln_wired_cfc_step(network, tables, memory, time_step, state); break;
    case LLN_CELL_LTC: lln_ltc_step(network, tables, memory, time_step, state); break;
    default: lln_gru_step(network, tables, memory, state); break;
  }
}

/* From the cell's part of the new state to the answer. */
static void lln_answer(const lln_network *network, const lln_step_memory *memory, const float *state, float *output) {
  const lln_table *last = network->tables + network->table_count - 1;
  const bool has_readout = lln_has(network, LLN_FLAG_READOUT);
  const float *y = state + network->cell_output_start;
  if (lln_has(network, LLN_FLAG_OUTPUT_MAP)) {
    const lln_table *map = has_readout ? last - 1 : last;
    const float *scale = lln_vector(map, 0);
    const float *shift = lln_vector(map, 1);
    for (size_t i = 0; i < network->cell_output_size; i++) memory->work_a[i] = lln_fmaf(y[i], scale[i], shift[i]);
    y = memory->work_a;
  }
  if (has_readout) {
    lln_apply_matrix(last, y, memory->work_b);
    y = memory->work_b;
  }
  for (size_t i = 0; i < network->output_size; i++) output[i] = lln_canonical(y[i]);
}

static void lln_advance(const lln_network *network, const lln_step_memory *memory, float *state, const float *input,
                        float time_step, float *output) {
  const lln_table *tables = network->tables;
  lln_copy(memory->input, input, network->input_size);
  if (lln_has(network, LLN_FLAG_NORMALISATION)) {
    const float *mean = lln_vector(tables, 0);
    const float *deviation = lln_vector(tables, 1);
    for (size_t i = 0; i < network->input_size; i++) memory->input[i] = (input[i] - mean[i]) / deviation[i];
    tables++;
  }
  if (lln_has(network, LLN_FLAG_MEMORY)) {
    lln_memory_step(network, tables, memory, state, state + network->units);
    tables++;
  } else {
    lln_copy(memory->hidden, state, network->units);
  }
  lln_run_cell(network, tables, memory, time_step, state);
  lln_answer(network, memory, state, output);
  const size_t floats = lln_state_floats(network);
  for (size_t i = 0; i < floats; i++) state[i] = lln_canonical(state[i]);
}

static lln_status lln_check_row(const lln_network *network, const float *input, float time_step) {
  for (size_t i = 0; i < network->input_size; i++) {
    if (!lln_is_finite(input[i])) return LLN_ERROR_INPUT;
  }
  return lln_is_finite(time_step) && time_step >= 0.0f ? LLN_OK : LLN_ERROR_TIME_STEP;
}

LLN_LINKAGE lln_status lln_step(const lln_network *network, float *state, void *scratch, const float *input,
                                float time_step, float *output) {
  return lln_sequence(network, state, scratch, 1, input, &time_step, output);
}

LLN_LINKAGE lln_status lln_sequence(const lln_network *network, float *state, void *scratch, size_t steps,
                                    const float *inputs, const float *time_steps, float *outputs) {
  if (network == NULL || state == NULL || scratch == NULL || inputs == NULL || time_steps == NULL ||
      outputs == NULL) {
    return LLN_ERROR_ARGUMENT;
  }
  if ((uintptr_t)scratch % LLN_IMAGE_ALIGNMENT != 0) return LLN_ERROR_ALIGNMENT;
  for (size_t step = 0; step < steps; step++) {
    const lln_status status = lln_check_row(network, inputs + step * network->input_size, time_steps[step]);
    if (status != LLN_OK) return status;
  }
  const lln_step_memory memory = lln_divide_scratch(network, scratch);
  for (size_t step = 0; step < steps; step++) {
    lln_advance(network, &memory, state, inputs + step * network->input_size, time_steps[step],
                outputs + step * network->output_size);
  }
  return LLN_OK;
}
