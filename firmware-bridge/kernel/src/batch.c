#include "arithmetic.h"
#include "kernel.h"

/* What a tile of LLN_WIDTH sessions needs beside a step's memory. */
typedef struct lln_tile {
  float *time_step;
  float *state;
  float *input;
  float *output;
} lln_tile;

static size_t lln_tile_floats(const lln_network *network) {
  const size_t values = (size_t)lln_padded(1) + lln_padded((uint32_t)lln_state_floats(network)) +
                        lln_padded(network->input_size) + lln_padded(network->output_size);
  return values * LLN_WIDTH;
}

static lln_tile lln_divide_tile(const lln_network *network, float *memory) {
  lln_tile tile;
  tile.time_step = memory;
  tile.state = tile.time_step + (size_t)lln_padded(1) * LLN_WIDTH;
  tile.input = tile.state + (size_t)lln_padded((uint32_t)lln_state_floats(network)) * LLN_WIDTH;
  tile.output = tile.input + (size_t)lln_padded(network->input_size) * LLN_WIDTH;
  return tile;
}

/* Rows of `size` values, one for each session, to values of LLN_WIDTH sessions. A missing session is the last again. */
static void lln_interleave(const float *restrict rows, size_t sessions, size_t size, float *restrict tile) {
  for (size_t s = 0; s < LLN_WIDTH; s++) {
    const float *row = rows + (s < sessions ? s : sessions - 1) * size;
    for (size_t i = 0; i < size; i++) tile[i * LLN_WIDTH + s] = row[i];
  }
}

static void lln_separate(const float *restrict tile, size_t sessions, size_t size, float *restrict rows) {
  for (size_t s = 0; s < sessions; s++) {
    for (size_t i = 0; i < size; i++) rows[s * size + i] = tile[i * LLN_WIDTH + s];
  }
}

static void lln_step_tile(const lln_network *network, const lln_step_memory *memory, const lln_tile *tile,
                          size_t sessions, float *states, const float *inputs, const float *time_steps,
                          float *outputs) {
  const size_t state_floats = lln_state_floats(network);
  lln_interleave(time_steps, sessions, 1, tile->time_step);
  lln_interleave(states, sessions, state_floats, tile->state);
  lln_interleave(inputs, sessions, network->input_size, tile->input);
  lln_advance(network, memory, tile->state, tile->input, tile->output);
  lln_separate(tile->state, sessions, state_floats, states);
  lln_separate(tile->output, sessions, network->output_size, outputs);
}

LLN_LINKAGE size_t lln_batch_scratch_bytes(const lln_network *network) {
  return (lln_scratch_floats(network) + lln_tile_floats(network)) * sizeof(float);
}

LLN_LINKAGE lln_status lln_step_batch(const lln_network *network, size_t sessions, float *states, void *scratch,
                                      const float *inputs, const float *time_steps, float *outputs) {
  if (network == NULL || states == NULL || scratch == NULL || inputs == NULL || time_steps == NULL ||
      outputs == NULL) {
    return LLN_ERROR_ARGUMENT;
  }
  if ((uintptr_t)scratch % LLN_IMAGE_ALIGNMENT != 0) return LLN_ERROR_ALIGNMENT;
  for (size_t s = 0; s < sessions; s++) {
    const lln_status status = lln_check_row(network, inputs + s * network->input_size, time_steps[s]);
    if (status != LLN_OK) return status;
  }
  const lln_tile tile = lln_divide_tile(network, (float *)scratch + lln_scratch_floats(network));
  lln_step_memory memory = lln_divide_scratch(network, scratch);
  memory.time_step = tile.time_step;
  for (size_t s = 0; s < sessions; s += LLN_WIDTH) {
    const size_t present = sessions - s < LLN_WIDTH ? sessions - s : LLN_WIDTH;
    lln_step_tile(network, &memory, &tile, present, states + s * lln_state_floats(network),
                  inputs + s * network->input_size, time_steps + s, outputs + s * network->output_size);
  }
  return LLN_OK;
}
