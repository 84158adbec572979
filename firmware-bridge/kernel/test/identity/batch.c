#include "batch.h"

#include "../../host/core.h"
#include "../../src/kernel.h"

extern const lln_batch_core lln_batch_tiles_of_8;
extern const lln_batch_core lln_batch_tiles_of_16;

/* One whole tile and a part of one in the wider build; two and a part in the other. */
#define SESSIONS 19u
/* The second begins with what the first left. */
#define STEPS_MAX 2u
#define STATE_FLOATS_MAX 512u
#define ROW_FLOATS_MAX 512u

typedef struct sessions {
  float states[SESSIONS * STATE_FLOATS_MAX];
  float outputs[SESSIONS * ROW_FLOATS_MAX];
} sessions;

static sessions alone;
static sessions together;
static float inputs[SESSIONS * ROW_FLOATS_MAX];
static float time_steps[SESSIONS];

/* The set's state, turned round by one value more for every session. */
static void start_sessions(const lln_identity_set *set, float *states) {
  const size_t floats = lln_state_floats(set->network);
  for (size_t s = 0; s < SESSIONS; s++) {
    for (size_t i = 0; i < floats; i++) states[s * floats + i] = set->start[(i + s) % floats];
  }
}

/* Every session is one row of the set ahead of the one before it. */
static void take_rows(const lln_identity_set *set, uint32_t step) {
  const size_t size = set->network->input_size;
  for (size_t s = 0; s < SESSIONS; s++) {
    const size_t row = (step + s) % set->steps;
    time_steps[s] = set->time_steps[row];
    lln_copy(inputs + s * size, set->inputs + row * size, size);
  }
}

static bool step_alone(const lln_network *network, void *scratch) {
  const size_t floats = lln_state_floats(network);
  for (size_t s = 0; s < SESSIONS; s++) {
    const lln_status status = lln_step(network, alone.states + s * floats, scratch, inputs + s * network->input_size,
                                       time_steps[s], alone.outputs + s * network->output_size);
    if (status != LLN_OK) return false;
  }
  return true;
}

static bool is_same(const float *a, const float *b, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (lln_bits_of(a[i]) != lln_bits_of(b[i])) return false;
  }
  return true;
}

static const char *run_batch(const lln_identity_set *set, const lln_batch_core *batch, void *scratch,
                             lln_digest *digest) {
  const lln_network *network = set->network;
  const size_t states = SESSIONS * lln_state_floats(network);
  const size_t outputs = SESSIONS * (size_t)network->output_size;
  start_sessions(set, alone.states);
  start_sessions(set, together.states);
  for (uint32_t step = 0; step < set->steps && step < STEPS_MAX; step++) {
    take_rows(set, step);
    if (!step_alone(network, scratch)) return "a session cannot be stepped";
    if (batch->step(network, SESSIONS, together.states, scratch, inputs, time_steps, together.outputs) != LLN_OK) {
      return "a batch cannot be stepped";
    }
    if (!is_same(alone.states, together.states, states)) return "the states of a batch are not those of its sessions";
    if (!is_same(alone.outputs, together.outputs, outputs))
      return "the answers of a batch are not those of its sessions";
    lln_digest_values(digest, together.outputs, outputs);
  }
  lln_digest_values(digest, together.states, states);
  return NULL;
}

const char *lln_identity_batch(const lln_identity_set *set, void *scratch, size_t scratch_bytes, lln_digest *digest) {
  const lln_batch_core *const batches[] = {&lln_batch_tiles_of_8, &lln_batch_tiles_of_16};
  const lln_network *network = set->network;
  if (lln_state_floats(network) > STATE_FLOATS_MAX || network->input_size > ROW_FLOATS_MAX ||
      network->output_size > ROW_FLOATS_MAX) {
    return "a set is too large for sessions";
  }
  for (size_t i = 0; i < sizeof batches / sizeof *batches; i++) {
    if (batches[i]->scratch_bytes(network) > scratch_bytes) return "a set is too large for a batch";
    const char *fault = run_batch(set, batches[i], scratch, digest);
    if (fault != NULL) return fault;
  }
  return NULL;
}
