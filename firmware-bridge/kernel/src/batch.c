#include "arithmetic.h"
#include "kernel.h"
#include "vector.h"

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

/* to[j][i] = from[i][j], for `rows` rows of `columns`. */
static void lln_transpose(const float *restrict from, size_t rows, size_t columns, size_t from_stride,
                          float *restrict to, size_t to_stride) {
  const size_t whole = columns / LLN_PANEL * LLN_PANEL;
  size_t i = 0;
  for (; i + LLN_PANEL <= rows; i += LLN_PANEL) {
    for (size_t j = 0; j < whole; j += LLN_PANEL) {
      lln_transpose_block(from + i * from_stride + j, from_stride, to + j * to_stride + i, to_stride);
    }
    for (size_t j = whole; j < columns; j++) {
      for (size_t k = i; k < i + LLN_PANEL; k++) to[j * to_stride + k] = from[k * from_stride + j];
    }
  }
  for (; i < rows; i++) {
    for (size_t j = 0; j < columns; j++) to[j * to_stride + i] = from[i * from_stride + j];
  }
}

/* Rows of `size` values, one for each session, to values of LLN_WIDTH sessions. A missing session is the last again. */
static void lln_interleave(const float *restrict rows, size_t sessions, size_t size, float *restrict tile) {
  lln_transpose(rows, sessions, size, size, tile, LLN_WIDTH);
  for (size_t s = sessions; s < LLN_WIDTH; s++) {
    for (size_t i = 0; i < size; i++) tile[i * LLN_WIDTH + s] = tile[i * LLN_WIDTH + sessions - 1];
  }
}

static void lln_separate(const float *restrict tile, size_t sessions, size_t size, float *restrict rows) {
  lln_transpose(tile, size, sessions, LLN_WIDTH, rows, size);
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
  if (network == NULL || states == NULL || scratch == NULL || inputs == NULL || time_steps == NULL || outputs == NULL) {
    return LLN_ERROR_ARGUMENT;
  }
  if ((uintptr_t)scratch % LLN_IMAGE_ALIGNMENT != 0) return LLN_ERROR_ALIGNMENT;
  const lln_status status = lln_check_rows(network, sessions, inputs, time_steps);
  if (status != LLN_OK) return status;
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
