/* Running networks for a gateway: inferences, and golden vectors. */
#include "kernel.h"
#include "network_group.h"
#include "runner.h"

/* Bytes of an infer's answer beside its vectors. */
#define ANSWER_AROUND_BYTES 80u

static lln_failure failure_of(lln_run_result result) {
  if (result == LLN_RUN_TOO_LONG) return LLN_NETWORK_FAIL(NETWORK_TOO_LONG);
  return result == LLN_RUN_NOT_FINITE ? LLN_NETWORK_FAIL(NETWORK_NOT_FINITE) : LLN_SMP_OK;
}

/* Whether a vector that was given has so many values. One that was not may be missing. */
static bool has_values(const lln_field *field, uint64_t count) {
  return !field->is_given || field->length == count * sizeof(float);
}

static void put_floats(lln_cbor_writer *answer, const char *key, const float *values, size_t count) {
  lln_cbor_key(answer, key);
  uint8_t *to = lln_cbor_reserve_bytes(answer, count * sizeof(float));
  for (size_t i = 0; to != NULL && i < count; i++) lln_put_le32(to + 4 * i, lln_bits_of(values[i]));
}

enum { IN, DT, STEPS, SLOT, STATE, SESSION, RETURN_STATE, INFER_FIELDS };

/* Where the run's state is, filled in with what the request says. */
static lln_failure choose_state(const lln_app *app, const lln_field *fields, uint8_t slot, lln_run *run) {
  const lln_field *state = &fields[STATE];
  const lln_field *session = &fields[SESSION];
  if (state->is_given && session->is_given) return LLN_SMP_INVALID;
  if (session->is_given) {
    if (slot != lln_app_live(app) || session->number >= lln_runner_sessions(run->network)) {
      return LLN_NETWORK_FAIL(NETWORK_NO_SESSION);
    }
    run->state = lln_runner_session(run->network, session->number);
    return LLN_SMP_OK;
  }
  run->state = lln_runner_state(run->network);
  if (!state->is_given) return LLN_SMP_OK;
  for (size_t i = 0; 4 * i < state->length; i++) run->state[i] = lln_float_of(lln_get_le32(state->bytes + 4 * i));
  return LLN_SMP_OK;
}

static lln_failure check_infer(const lln_field *fields, const lln_run *run) {
  const uint64_t outputs = (uint64_t)run->steps * run->network->output_size;
  const uint64_t floats = outputs + (fields[RETURN_STATE].flag ? lln_state_floats(run->network) : 0u);
  if (!fields[IN].is_given || run->steps == 0) return LLN_SMP_INVALID;
  if (!has_values(&fields[IN], (uint64_t)run->steps * run->network->input_size) ||
      !has_values(&fields[DT], run->steps) || !has_values(&fields[STATE], lln_state_floats(run->network))) {
    return LLN_NETWORK_FAIL(NETWORK_VECTOR_SIZE);
  }
  const uint64_t bytes = floats * sizeof(float) + ANSWER_AROUND_BYTES;
  return bytes > LLN_MESSAGE_BYTES_MAX ? LLN_NETWORK_FAIL(NETWORK_TOO_LONG) : LLN_SMP_OK;
}

static void put_run(lln_cbor_writer *answer, const lln_run *run, const lln_run_outcome *outcome, uint8_t slot) {
  put_floats(answer, "out", outcome->outputs, (size_t)run->steps * run->network->output_size);
  lln_cbor_put_number(answer, "slot", slot);
  lln_cbor_put_number(answer, "us", outcome->duration_us);
  lln_cbor_put_number(answer, "cy", outcome->cycles);
}

lln_failure lln_network_infer(lln_app *app, const lln_request *request, lln_cbor_writer *answer) {
  lln_field fields[INFER_FIELDS] = {
      [IN] = LLN_FIELD("in", LLN_FIELD_BYTES),          [DT] = LLN_FIELD("dt", LLN_FIELD_BYTES),
      [STEPS] = LLN_FIELD("n", LLN_FIELD_NUMBER),       [SLOT] = LLN_FIELD("slot", LLN_FIELD_NUMBER),
      [STATE] = LLN_FIELD("st", LLN_FIELD_BYTES),       [SESSION] = LLN_FIELD("ss", LLN_FIELD_NUMBER),
      [RETURN_STATE] = LLN_FIELD("rs", LLN_FIELD_FLAG),
  };
  if (!LLN_READ_REQUEST(request, fields)) return LLN_SMP_INVALID;
  const uint8_t slot = lln_network_slot(app, &fields[SLOT]);
  if (slot == LLN_NO_SLOT) return LLN_NETWORK_FAIL(NETWORK_NOT_THERE);
  lln_run run = {
      .network = &app->slots[slot].network,
      .steps = fields[STEPS].is_given ? fields[STEPS].number : 1u,
      .inputs = fields[IN].bytes,
      .time_steps = fields[DT].is_given ? fields[DT].bytes : NULL,
  };
  lln_failure failure = check_infer(fields, &run);
  if (failure == LLN_SMP_OK) failure = choose_state(app, fields, slot, &run);
  if (failure != LLN_SMP_OK) return failure;
  lln_run_outcome outcome;
  failure = failure_of(lln_runner_run(&run, &outcome));
  if (failure != LLN_SMP_OK) return failure;
  if (slot == lln_app_live(app)) lln_health_count(&app->health, !outcome.is_finite, outcome.cycles / run.steps);
  put_run(answer, &run, &outcome, slot);
  if (fields[RETURN_STATE].flag) put_floats(answer, "st", run.state, lln_state_floats(run.network));
  return LLN_SMP_OK;
}

/* Writes the first value whose bits differ; false if none does. */
static bool put_difference(lln_cbor_writer *answer, const char *what, const float *values, const lln_field *wanted,
                           uint64_t first) {
  for (size_t i = 0; 4 * i < wanted->length; i++) {
    const uint32_t bits = lln_get_le32(wanted->bytes + 4 * i);
    if (bits == lln_bits_of(values[i])) continue;
    lln_cbor_put_flag(answer, "ok", false);
    lln_cbor_put_text(answer, "what", what);
    lln_cbor_put_number(answer, "at", first + i);
    lln_cbor_put_number(answer, "want", bits);
    lln_cbor_put_number(answer, "got", lln_bits_of(values[i]));
    return true;
  }
  return false;
}

enum { GOLDEN_SLOT, GOLDEN_OFF, GOLDEN_STEPS, GOLDEN_IN, GOLDEN_DT, GOLDEN_OUT, GOLDEN_STATE, GOLDEN_FIELDS };

static lln_failure check_golden(const lln_field *fields, const lln_network *network) {
  const uint32_t steps = fields[GOLDEN_STEPS].number;
  const bool is_right = has_values(&fields[GOLDEN_IN], (uint64_t)steps * network->input_size) &&
                        has_values(&fields[GOLDEN_DT], steps) &&
                        has_values(&fields[GOLDEN_OUT], (uint64_t)steps * network->output_size) &&
                        has_values(&fields[GOLDEN_STATE], lln_state_floats(network));
  return is_right ? LLN_SMP_OK : LLN_NETWORK_FAIL(NETWORK_VECTOR_SIZE);
}

static lln_failure go_on(lln_golden *golden, const lln_network *network, uint8_t slot, uint32_t offset) {
  if (offset == 0) {
    golden->slot = slot;
    golden->steps_done = 0;
    lln_runner_clear(lln_runner_golden_state(), network);
  }
  return golden->slot == slot && golden->steps_done == offset ? LLN_SMP_OK : LLN_NETWORK_FAIL(NETWORK_OUT_OF_ORDER);
}

lln_failure lln_network_verify(lln_app *app, const lln_request *request, lln_cbor_writer *answer) {
  lln_field fields[GOLDEN_FIELDS] = {
      [GOLDEN_SLOT] = LLN_FIELD("slot", LLN_FIELD_NUMBER), [GOLDEN_OFF] = LLN_FIELD("off", LLN_FIELD_NUMBER),
      [GOLDEN_STEPS] = LLN_FIELD("n", LLN_FIELD_NUMBER),   [GOLDEN_IN] = LLN_FIELD("in", LLN_FIELD_BYTES),
      [GOLDEN_DT] = LLN_FIELD("dt", LLN_FIELD_BYTES),      [GOLDEN_OUT] = LLN_FIELD("out", LLN_FIELD_BYTES),
      [GOLDEN_STATE] = LLN_FIELD("st", LLN_FIELD_BYTES),
  };
  if (!LLN_READ_REQUEST(request, fields)) return LLN_SMP_INVALID;
  for (size_t i = GOLDEN_SLOT; i < GOLDEN_STATE; i++) {
    if (!fields[i].is_given) return LLN_SMP_INVALID;
  }
  const uint8_t slot = lln_network_slot(app, &fields[GOLDEN_SLOT]);
  if (slot == LLN_NO_SLOT) return LLN_NETWORK_FAIL(NETWORK_NOT_THERE);
  const lln_network *network = &app->slots[slot].network;
  lln_golden *golden = &app->golden;
  lln_failure failure = check_golden(fields, network);
  if (failure == LLN_SMP_OK) failure = go_on(golden, network, slot, fields[GOLDEN_OFF].number);
  if (failure != LLN_SMP_OK) return failure;
  const lln_run run = {network, lln_runner_golden_state(), fields[GOLDEN_STEPS].number, fields[GOLDEN_IN].bytes,
                       fields[GOLDEN_DT].bytes};
  lln_run_outcome outcome;
  failure = failure_of(lln_runner_run(&run, &outcome));
  if (failure != LLN_SMP_OK) return failure;
  const uint64_t first = (uint64_t)golden->steps_done * network->output_size;
  golden->steps_done += run.steps;
  const bool differs =
      put_difference(answer, "out", outcome.outputs, &fields[GOLDEN_OUT], first) ||
      (fields[GOLDEN_STATE].is_given && put_difference(answer, "st", run.state, &fields[GOLDEN_STATE], 0));
  if (differs)
    golden->slot = LLN_NO_SLOT;
  else
    lln_cbor_put_flag(answer, "ok", true);
  return LLN_SMP_OK;
}
