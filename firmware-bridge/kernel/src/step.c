#include "arithmetic.h"
#include "kernel.h"

LLN_LINKAGE size_t lln_state_floats(const lln_network *network) {
  return lln_has(network, LLN_FLAG_MEMORY) ? 2 * (size_t)network->units : network->units;
}

LLN_LINKAGE size_t lln_scratch_floats(const lln_network *network) {
  const size_t values =
      (size_t)lln_padded(network->input_size) + lln_padded(network->units) + 2 * (size_t)network->work_floats;
  return values * LLN_WIDTH;
}

LLN_LINKAGE lln_step_memory lln_divide_scratch(const lln_network *network, float *scratch) {
  lln_step_memory memory;
  memory.time_step = NULL;
  memory.input = scratch;
  memory.hidden = memory.input + (size_t)lln_padded(network->input_size) * LLN_WIDTH;
  memory.work_a = memory.hidden + (size_t)lln_padded(network->units) * LLN_WIDTH;
  memory.work_b = memory.work_a + (size_t)network->work_floats * LLN_WIDTH;
  return memory;
}

static void lln_run_cell(const lln_network *network, const lln_table *tables, const lln_step_memory *memory) {
  switch (network->cell) {
    case LLN_CELL_CFC: lln_cfc_step(network, tables, memory); break;
    case LLN_CELL_WIRED_CFC: lln_wired_cfc_step(network, tables, memory); break;
    case LLN_CELL_LTC: lln_ltc_step(network, tables, memory); break;
    default: lln_gru_step(network, tables, memory); break;
  }
}

static void lln_normalise(const lln_table *table, const float *restrict input, float *restrict normalised,
                          size_t count) {
  const float *mean = lln_vector(table, 0);
  const float *deviation = lln_vector(table, 1);
  for (size_t i = 0; i < count; i++) {
    for (size_t s = 0; s < LLN_WIDTH; s++) {
      normalised[i * LLN_WIDTH + s] = (input[i * LLN_WIDTH + s] - mean[i]) / deviation[i];
    }
  }
}

static void lln_copy_canonical(float *restrict to, const float *restrict from, size_t count) {
  for (size_t i = 0; i < count; i++) to[i] = lln_canonical(from[i]);
}

/* From the new state of the cell to the answer. */
static void lln_answer(const lln_network *network, const lln_step_memory *memory, float *restrict output) {
  const lln_table *last = network->tables + network->table_count - 1;
  const bool has_readout = lln_has(network, LLN_FLAG_READOUT);
  const float *y = memory->hidden + (size_t)network->cell_output_start * LLN_WIDTH;
  if (lln_has(network, LLN_FLAG_OUTPUT_MAP)) {
    lln_map(has_readout ? last - 1 : last, y, memory->work_a, network->cell_output_size);
    y = memory->work_a;
  }
  if (has_readout) {
    lln_apply_matrix(last, y, memory->work_b);
    y = memory->work_b;
  }
  lln_copy_canonical(output, y, (size_t)network->output_size * LLN_WIDTH);
}

LLN_LINKAGE void lln_advance(const lln_network *network, const lln_step_memory *memory, float *state,
                             const float *input, float *output) {
  const lln_table *tables = network->tables;
  const size_t units = (size_t)network->units * LLN_WIDTH;
  if (lln_has(network, LLN_FLAG_NORMALISATION)) {
    lln_normalise(tables, input, memory->input, network->input_size);
    tables++;
  } else {
    lln_copy(memory->input, input, (size_t)network->input_size * LLN_WIDTH);
  }
  if (lln_has(network, LLN_FLAG_MEMORY)) {
    lln_memory_step(network, tables, memory, state, state + units);
    tables++;
  } else {
    lln_copy(memory->hidden, state, units);
  }
  lln_run_cell(network, tables, memory);
  lln_answer(network, memory, output);
  lln_copy_canonical(state, memory->hidden, units);
}
