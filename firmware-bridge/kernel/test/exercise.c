#include "exercise.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../host/core.h"
#include "../include/lln/lln.h"
#include "../src/arithmetic.h"
#include "../src/kernel.h"

extern const lln_batch_core lln_batch_tiles_of_8;

#define REQUIRE(condition) \
  do { \
    if (!(condition)) { \
      fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
      abort(); \
    } \
  } while (0)

void lln_reseal(unsigned char *image, size_t length) {
  if (length < 16) return;
  const uint32_t total = (uint32_t)length;
  memcpy(image + 8, &total, 4);
  memset(image + 12, 0, 4);
  const uint32_t crc = lln_crc32(0, image, length);
  memcpy(image + 12, &crc, 4);
}

static void *allocate(size_t bytes) {
  void *memory = NULL;
  REQUIRE(posix_memalign(&memory, LLN_IMAGE_ALIGNMENT, bytes == 0 ? 1 : bytes) == 0);
  return memory;
}

/*
 * Scratch memory, whose content must not matter: NaN everywhere, or left as it comes, where a tool knows what has never
 * been written.
 */
static void *allocate_scratch(size_t bytes) {
  void *scratch = allocate(bytes);
#ifndef LLN_LEAVE_SCRATCH
  memset(scratch, 0xFF, bytes);
#endif
  return scratch;
}

static void require_canonical(const float *values, size_t count) {
  for (size_t i = 0; i < count; i++) REQUIRE(values[i] == values[i] || lln_bits_of(values[i]) == LLN_NAN_BITS);
}

static float *filled(size_t count, float value) {
  float *values = allocate(count * sizeof(float));
  for (size_t i = 0; i < count; i++) values[i] = value;
  return values;
}

/* One step from a state that is `start` everywhere, with all inputs at `input`. */
static void step_with(const lln_network *network, float start, float input, float time_step, lln_status expected) {
  const size_t state_floats = lln_state_floats(network);
  float *state = filled(state_floats, start);
  float *inputs = filled(network->input_size, input);
  float *outputs = filled(network->output_size, 0.0f);
  void *scratch = allocate_scratch(lln_scratch_bytes(network));
  const lln_status status = lln_step(network, state, scratch, inputs, time_step, outputs);
  REQUIRE(status == expected);
  if (status == LLN_OK) {
    require_canonical(state, state_floats);
    require_canonical(outputs, network->output_size);
  }
  free(scratch);
  free(outputs);
  free(inputs);
  free(state);
}

static void require_same(const float *actual, const float *expected, size_t count) {
  for (size_t i = 0; i < count; i++) REQUIRE(lln_bits_of(actual[i]) == lln_bits_of(expected[i]));
}

/* What several rows are stepped with: a state for each, or one that goes through all of them. */
typedef struct rows {
  float *states;
  float *inputs;
  float *outputs;
  float *time_steps;
  void *scratch;
} rows;

static rows make_rows(const lln_network *network, size_t count, size_t scratch_bytes, float input) {
  const size_t state_floats = lln_state_floats(network);
  const rows made = {
      filled(count * state_floats, 0.0f),
      filled(count * network->input_size, input),
      filled(count * network->output_size, 0.0f),
      filled(count, 1.0f),
      allocate_scratch(scratch_bytes),
  };
  made.time_steps[1] = 0.0f;
  for (size_t i = 0; i < count * state_floats; i++) made.states[i] = (float)i;
  return made;
}

static void free_rows(const rows *of) {
  free(of->scratch);
  free(of->time_steps);
  free(of->outputs);
  free(of->inputs);
  free(of->states);
}

static void step_row(const lln_network *network, const rows *of, size_t row, float *state) {
  const float *input = of->inputs + row * network->input_size;
  float *output = of->outputs + row * network->output_size;
  REQUIRE(lln_step(network, state, of->scratch, input, of->time_steps[row], output) == LLN_OK);
}

/* A whole tile of sessions and a part of one, from states that differ: what each of them gives alone. */
static void step_together(const lln_network *network, float input) {
  enum { SESSIONS = 11 };
  const size_t state_floats = lln_state_floats(network);
  const rows batch = make_rows(network, SESSIONS, lln_batch_tiles_of_8.scratch_bytes(network), input);
  const rows alone = make_rows(network, SESSIONS, lln_scratch_bytes(network), input);
  REQUIRE(lln_batch_tiles_of_8.step(network, SESSIONS, batch.states, batch.scratch, batch.inputs, batch.time_steps,
                                    batch.outputs) == LLN_OK);
  for (size_t s = 0; s < SESSIONS; s++) step_row(network, &alone, s, alone.states + s * state_floats);
  require_same(batch.states, alone.states, SESSIONS * state_floats);
  require_same(batch.outputs, alone.outputs, (size_t)SESSIONS * network->output_size);
  free_rows(&batch);
  free_rows(&alone);
}

/* Steps of one session in one call: what they give in a call each. */
static void step_in_sequence(const lln_network *network, float input) {
  enum { STEPS = 3 };
  const rows sequence = make_rows(network, STEPS, lln_scratch_bytes(network), input);
  const rows single = make_rows(network, STEPS, lln_scratch_bytes(network), input);
  REQUIRE(lln_sequence(network, sequence.states, sequence.scratch, STEPS, sequence.inputs, sequence.time_steps,
                       sequence.outputs) == LLN_OK);
  for (size_t step = 0; step < STEPS; step++) step_row(network, &single, step, single.states);
  require_same(sequence.states, single.states, lln_state_floats(network));
  require_same(sequence.outputs, single.outputs, (size_t)STEPS * network->output_size);
  free_rows(&sequence);
  free_rows(&single);
}

int lln_exercise(const unsigned char *image, size_t length) {
  lln_network network;
  if (lln_open(image, length, &network) != LLN_OK) return 0;
  /* Larger ones are covered by smaller ones, and would only slow a fuzzer down. */
  if (lln_macs_per_step(&network) > 1000000u) return 1;
  const float numbers[] = {0.0f, -1.5f, 1e-40f, -1e-45f, 3e38f, -3e38f};
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
    step_with(&network, numbers[i], numbers[(i + 1) % 6], 1.0f, LLN_OK);
    step_with(&network, numbers[i], numbers[(i + 2) % 6], lln_abs(numbers[i]), LLN_OK);
  }
  step_together(&network, 0.5f);
  step_in_sequence(&network, -0.5f);
  step_with(&network, NAN, 1.0f, 1.0f, LLN_OK);
  step_with(&network, -INFINITY, 1.0f, 1.0f, LLN_OK);
  step_with(&network, 0.0f, NAN, 1.0f, LLN_ERROR_INPUT);
  step_with(&network, 0.0f, INFINITY, 1.0f, LLN_ERROR_INPUT);
  step_with(&network, 0.0f, 1.0f, NAN, LLN_ERROR_TIME_STEP);
  step_with(&network, 0.0f, 1.0f, INFINITY, LLN_ERROR_TIME_STEP);
  step_with(&network, 0.0f, 1.0f, -1.0f, LLN_ERROR_TIME_STEP);
  return 1;
}
