#include "runner.h"

#include "bytes.h"
#include "config.h"
#include "kernel.h"
#include "lln_platform/board.h"
#include "lln_platform/clock.h"

#define ALIGNED _Alignas(LLN_IMAGE_ALIGNMENT)
#define MICROSECONDS 1000000u

static ALIGNED LLN_FAST_DATA unsigned char scratch[LLN_SCRATCH_BYTES];
static ALIGNED float work_state[LLN_STATE_BYTES / sizeof(float)];
static ALIGNED float golden_state[LLN_STATE_BYTES / sizeof(float)];
static ALIGNED float session_states[LLN_SESSION_POOL_BYTES / sizeof(float)];
static ALIGNED float inputs[LLN_VECTOR_FLOATS];
static ALIGNED float time_steps[LLN_STEPS_MAX];
static ALIGNED float outputs[LLN_VECTOR_FLOATS];

void lln_runner_clear(float *state, const lln_network *network) {
  const size_t count = lln_state_floats(network);
  for (size_t i = 0; i < count; i++) state[i] = 0.0f;
}

void lln_runner_clear_sessions(void) {
  for (size_t i = 0; i < sizeof session_states / sizeof *session_states; i++) session_states[i] = 0.0f;
}

float *lln_runner_state(const lln_network *network) {
  lln_runner_clear(work_state, network);
  return work_state;
}

float *lln_runner_golden_state(void) { return golden_state; }

uint32_t lln_runner_sessions(const lln_network *network) {
  const size_t fitting = sizeof session_states / sizeof *session_states / lln_state_floats(network);
  return fitting < LLN_SESSIONS_MAX ? (uint32_t)fitting : LLN_SESSIONS_MAX;
}

float *lln_runner_session(const lln_network *network, uint32_t session) {
  return session_states + session * lln_state_floats(network);
}

static void read_floats(float *to, const uint8_t *from, size_t count) {
  for (size_t i = 0; i < count; i++) to[i] = lln_float_of(lln_get_le32(from + 4 * i));
}

static bool are_finite(const float *values, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (!lln_is_finite(values[i])) return false;
  }
  return true;
}

static lln_run_result prepare(const lln_run *run) {
  const lln_network *network = run->network;
  if (run->steps > LLN_STEPS_MAX || (size_t)run->steps * network->input_size > LLN_VECTOR_FLOATS ||
      (size_t)run->steps * network->output_size > LLN_VECTOR_FLOATS) {
    return LLN_RUN_TOO_LONG;
  }
  read_floats(inputs, run->inputs, (size_t)run->steps * network->input_size);
  if (run->time_steps != NULL) read_floats(time_steps, run->time_steps, run->steps);
  for (uint32_t i = 0; i < run->steps && run->time_steps == NULL; i++) time_steps[i] = network->default_time_step;
  const lln_status status = lln_check_rows(network, run->steps, inputs, time_steps);
  return status == LLN_OK ? LLN_RUN_OK : LLN_RUN_NOT_FINITE;
}

static uint64_t duration_of(uint64_t cycles, uint64_t clock_us) {
  const uint32_t hertz = lln_clock_cycles_per_second();
  return hertz == 0 ? clock_us : cycles * MICROSECONDS / hertz;
}

lln_run_result lln_runner_run(const lln_run *run, lln_run_outcome *outcome) {
  const lln_network *network = run->network;
  const lln_run_result result = prepare(run);
  if (result != LLN_RUN_OK) return result;
  const uint64_t started_us = lln_clock_us();
  outcome->cycles = 0;
  for (size_t i = 0; i < run->steps; i++) {
    const uint32_t before = lln_clock_cycles();
    /* Cannot fail: every argument has been checked. */
    (void)lln_step(network, run->state, scratch, inputs + i * network->input_size, time_steps[i],
                   outputs + i * network->output_size);
    outcome->cycles += lln_clock_cycles() - before;
    lln_watchdog_feed();
  }
  if (lln_clock_cycles_per_second() == 0) outcome->cycles = 0;
  outcome->duration_us = duration_of(outcome->cycles, lln_clock_us() - started_us);
  outcome->outputs = outputs;
  outcome->is_finite = are_finite(outputs, (size_t)run->steps * network->output_size);
  return LLN_RUN_OK;
}

uint64_t lln_runner_profile_step(const lln_network *network, uint32_t runs) {
  lln_step_memory memory = lln_divide_scratch(network, (float *)(void *)scratch);
  float *state = lln_runner_state(network);
  uint64_t cycles = 0;
  for (size_t i = 0; i < LLN_VECTOR_FLOATS; i++) inputs[i] = 0.0f;
  time_steps[0] = network->default_time_step;
  memory.time_step = time_steps;
  for (uint32_t i = 0; i < runs; i++) {
    const uint32_t before = lln_clock_cycles();
    lln_advance(network, &memory, state, inputs, outputs);
    cycles += lln_clock_cycles() - before;
    lln_watchdog_feed();
  }
  return cycles / runs;
}

/* From the beginning of the scratch: what a table reads is at most as long as all that stands there before `work_b`. */
static void run_table(const lln_table *table, const lln_step_memory *memory) {
  if (table->kind == LLN_TABLE_SYNAPSES)
    lln_add_currents(table, memory->input, memory->work_a, memory->work_b);
  else
    lln_apply_matrix(table, memory->input, memory->work_b);
}

uint64_t lln_runner_profile_table(const lln_network *network, uint32_t table, uint32_t runs) {
  const lln_step_memory memory = lln_divide_scratch(network, (float *)(void *)scratch);
  uint64_t cycles = 0;
  if (network->tables[table].kind == LLN_TABLE_VECTORS) return 0;
  for (uint32_t i = 0; i < runs; i++) {
    const uint32_t before = lln_clock_cycles();
    run_table(&network->tables[table], &memory);
    cycles += lln_clock_cycles() - before;
    lln_watchdog_feed();
  }
  return cycles / runs;
}
