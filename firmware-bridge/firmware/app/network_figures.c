/* What a board says of itself: what it is, and how it is. */
#include "config.h"
#include "lln_platform/board.h"
#include "lln_platform/clock.h"
#include "lln_platform/sensors.h"
#include "lln_platform/serial.h"
#include "network_group.h"
#include "runner.h"
#include "trial.h"

#define INFO_VERSION 1u

static uint32_t sessions_of(const lln_app *app) {
  const uint8_t live = lln_app_live(app);
  return live == LLN_NO_SLOT ? LLN_SESSIONS_MAX : lln_runner_sessions(&app->slots[live].network);
}

static void put_sizes(const lln_app *app, lln_cbor_writer *answer) {
  lln_cbor_put_number(answer, "buf", LLN_MESSAGE_BYTES_MAX);
  lln_cbor_key(answer, "slot");
  lln_cbor_array(answer, LLN_SLOTS);
  for (uint8_t slot = 0; slot < LLN_SLOTS; slot++) lln_cbor_number(answer, lln_slot_capacity(slot));
  lln_cbor_put_number(answer, "scratch", LLN_SCRATCH_BYTES);
  lln_cbor_put_number(answer, "state", LLN_STATE_BYTES);
  lln_cbor_put_number(answer, "row", LLN_ROW_FLOATS_MAX);
  lln_cbor_put_number(answer, "sessions", sessions_of(app));
}

lln_failure lln_network_info(lln_app *app, const lln_request *request, lln_cbor_writer *answer) {
  if (!lln_read_request(request, NULL, 0)) return LLN_SMP_INVALID;
  const lln_machine *machine = &app->store.machine;
  const uint64_t now_ms = lln_ms_of(lln_clock_us());
  uint8_t id[16];
  const size_t id_bytes = lln_board_id(id);
  lln_cbor_put_number(answer, "v", INFO_VERSION);
  lln_cbor_put_text(answer, "kind", lln_board_kind());
  lln_cbor_put_text(answer, "fw", LLN_FIRMWARE_VERSION);
  lln_cbor_put_number(answer, "abi", LLN_ABI);
  lln_cbor_key(answer, "id");
  lln_cbor_bytes(answer, id, id_bytes);
  put_sizes(app, answer);
  lln_cbor_put_number(answer, "hz", lln_clock_cycles_per_second());
  lln_cbor_put_signed(answer, "live", machine->live == LLN_NO_SLOT ? -1 : machine->live);
  lln_cbor_put_signed(answer, "trial",
                      machine->is_trial ? (int64_t)lln_trial_seconds_left(now_ms, app->trial_deadline_ms) : -1);
  return LLN_SMP_OK;
}

static void put_inferences(const lln_health *health, lln_cbor_writer *answer) {
  lln_cbor_put_number(answer, "inf", health->inferences);
  lln_cbor_put_number(answer, "err", health->errors);
  lln_cbor_put_number(answer, "cyMin", health->cycles_min);
  lln_cbor_put_number(answer, "cyMax", health->cycles_max);
  lln_cbor_put_number(answer, "cyMean", lln_health_mean(health));
  lln_cbor_key(answer, "hist");
  lln_cbor_array(answer, LLN_HISTOGRAM_BINS);
  for (uint32_t i = 0; i < LLN_HISTOGRAM_BINS; i++) lln_cbor_number(answer, health->histogram[i]);
}

static void put_store(const lln_store *store, lln_cbor_writer *answer) {
  lln_cbor_put_number(answer, "boots", store->machine.boots);
  lln_cbor_put_number(answer, "trips", store->machine.reverts);
  lln_cbor_key(answer, "era");
  lln_cbor_array(answer, store->sectors);
  for (uint32_t i = 0; i < store->sectors; i++) lln_cbor_number(answer, store->erasures[i]);
}

static void put_line(const lln_frame_decoder *decoder, lln_cbor_writer *answer) {
  lln_cbor_key(answer, "rx");
  lln_cbor_open_map(answer);
  lln_cbor_put_number(answer, "bytes", decoder->bytes_seen);
  lln_cbor_put_number(answer, "bad", decoder->bad);
  lln_cbor_put_number(answer, "lost", lln_serial_lost());
  lln_cbor_close_map(answer);
}

static void put_sensors(lln_cbor_writer *answer) {
  int32_t centi_celsius;
  uint32_t milliwatts;
  const char *source;
  if (lln_sensor_temperature(&centi_celsius) == LLN_PLATFORM_OK) lln_cbor_put_signed(answer, "tC", centi_celsius);
  if (lln_sensor_power(&milliwatts, &source) == LLN_PLATFORM_OK) {
    lln_cbor_put_number(answer, "mW", milliwatts);
    lln_cbor_put_text(answer, "mWs", source);
  }
}

lln_failure lln_network_health(lln_app *app, const lln_request *request, lln_cbor_writer *answer) {
  if (!lln_read_request(request, NULL, 0)) return LLN_SMP_INVALID;
  uint32_t stack_used;
  uint32_t stack_bytes;
  lln_health_stack(&stack_used, &stack_bytes);
  lln_cbor_put_number(answer, "up", lln_ms_of(lln_clock_us()));
  put_inferences(&app->health, answer);
  lln_cbor_put_number(answer, "stack", stack_used);
  lln_cbor_put_number(answer, "stackOf", stack_bytes);
  lln_cbor_put_number(answer, "reset", lln_board_reset_cause());
  put_store(&app->store, answer);
  put_line(&app->decoder, answer);
  put_sensors(answer);
  lln_cbor_put_number(answer, "clk", lln_clock_cycles_per_second());
  return LLN_SMP_OK;
}
