/* Group 64 (docs/spec/board.md, 5): its commands, and those that are short. */
#include "network_group.h"

#include "config.h"
#include "lln_platform/clock.h"
#include "runner.h"
#include "trial.h"

enum { INFO = 0, INFER = 1, RESET_SESSIONS = 2, HEALTH = 3, VERIFY = 4, PROFILE = 5, LOG = 6, TRIAL = 7 };

uint8_t lln_network_slot(const lln_app *app, const lln_field *field) {
  if (!field->is_given) return lln_app_live(app);
  return field->number < LLN_SLOTS && lln_app_is_bootable(app, (uint8_t)field->number) ? (uint8_t)field->number
                                                                                       : LLN_NO_SLOT;
}

lln_failure lln_network_reset_sessions(lln_app *app, const lln_request *request, lln_cbor_writer *answer) {
  (void)answer;
  lln_field fields[] = {LLN_FIELD("ss", LLN_FIELD_NUMBER)};
  if (!LLN_READ_REQUEST(request, fields)) return LLN_SMP_INVALID;
  const uint8_t live = lln_app_live(app);
  if (live == LLN_NO_SLOT) return LLN_NETWORK_FAIL(NETWORK_NOT_THERE);
  const lln_network *network = &app->slots[live].network;
  if (!fields[0].is_given) {
    lln_runner_clear_sessions();
    return LLN_SMP_OK;
  }
  if (fields[0].number >= lln_runner_sessions(network)) return LLN_NETWORK_FAIL(NETWORK_NO_SESSION);
  lln_runner_clear(lln_runner_session(network, fields[0].number), network);
  return LLN_SMP_OK;
}

static void put_tables(const lln_network *network, uint32_t runs, lln_cbor_writer *answer) {
  lln_cbor_key(answer, "tables");
  lln_cbor_array(answer, network->table_count);
  for (uint32_t i = 0; i < network->table_count; i++) {
    const lln_table *table = &network->tables[i];
    lln_cbor_open_map(answer);
    lln_cbor_put_number(answer, "k", table->kind);
    lln_cbor_put_number(answer, "in", table->inputs);
    lln_cbor_put_number(answer, "out", table->outputs);
    lln_cbor_put_number(answer, "heads", table->heads);
    lln_cbor_put_number(answer, "cy", lln_runner_profile_table(network, i, runs));
    lln_cbor_close_map(answer);
  }
}

lln_failure lln_network_profile(lln_app *app, const lln_request *request, lln_cbor_writer *answer) {
  lln_field fields[] = {LLN_FIELD("slot", LLN_FIELD_NUMBER), LLN_FIELD("n", LLN_FIELD_NUMBER)};
  if (!LLN_READ_REQUEST(request, fields)) return LLN_SMP_INVALID;
  const uint8_t slot = lln_network_slot(app, &fields[0]);
  const uint32_t runs = fields[1].is_given ? fields[1].number : 1u;
  if (slot == LLN_NO_SLOT) return LLN_NETWORK_FAIL(NETWORK_NOT_THERE);
  if (runs == 0) return LLN_SMP_INVALID;
  if (runs > LLN_PROFILE_RUNS_MAX) return LLN_NETWORK_FAIL(NETWORK_TOO_LONG);
  if (lln_clock_cycles_per_second() == 0) return LLN_NETWORK_FAIL(NETWORK_NO_PROFILE);
  const lln_network *network = &app->slots[slot].network;
  lln_cbor_put_number(answer, "step", lln_runner_profile_step(network, runs));
  lln_cbor_put_number(answer, "hz", lln_clock_cycles_per_second());
  put_tables(network, runs, answer);
  return LLN_SMP_OK;
}

/* Bytes of a line in an answer, beside its text. */
#define LINE_AROUND_BYTES 32u

lln_failure lln_network_log(lln_app *app, const lln_request *request, lln_cbor_writer *answer) {
  lln_field fields[] = {LLN_FIELD("from", LLN_FIELD_NUMBER)};
  if (!LLN_READ_REQUEST(request, fields)) return LLN_SMP_INVALID;
  const lln_log *log = &app->log;
  const uint32_t wanted = fields[0].number < log->next ? fields[0].number : log->next;
  const uint32_t first = wanted < lln_log_oldest(log) ? lln_log_oldest(log) : wanted;
  uint32_t end = first;
  size_t bytes = 2 * LINE_AROUND_BYTES;
  while (end < log->next && bytes + LINE_AROUND_BYTES + lln_log_at(log, end)->length <= lln_cbor_room(answer)) {
    bytes += LINE_AROUND_BYTES + lln_log_at(log, end++)->length;
  }
  lln_cbor_put_number(answer, "next", end);
  lln_cbor_put_number(answer, "lost", first - wanted);
  lln_cbor_key(answer, "lines");
  lln_cbor_array(answer, end - first);
  for (uint32_t number = first; number < end; number++) {
    const lln_log_line *line = lln_log_at(log, number);
    lln_cbor_open_map(answer);
    lln_cbor_put_number(answer, "q", number);
    lln_cbor_put_number(answer, "ms", line->uptime_ms);
    lln_cbor_put_number(answer, "l", line->level);
    lln_cbor_key(answer, "m");
    lln_cbor_text(answer, line->text, line->length);
    lln_cbor_close_map(answer);
  }
  return LLN_SMP_OK;
}

lln_failure lln_network_trial(lln_app *app, const lln_request *request, lln_cbor_writer *answer) {
  lln_field fields[] = {LLN_FIELD("s", LLN_FIELD_NUMBER)};
  if (!LLN_READ_REQUEST(request, fields) || !fields[0].is_given) return LLN_SMP_INVALID;
  if (!app->store.machine.is_trial) return LLN_NETWORK_FAIL(NETWORK_NO_TRIAL);
  uint32_t seconds = fields[0].number;
  if (seconds < 1) seconds = 1;
  if (seconds > LLN_TRIAL_SECONDS_MAX) seconds = LLN_TRIAL_SECONDS_MAX;
  app->trial_deadline_ms = lln_ms_of(lln_clock_us()) + 1000u * (uint64_t)seconds;
  lln_cbor_put_number(answer, "s", seconds);
  return LLN_SMP_OK;
}

static uint8_t translate(uint8_t failure) {
  switch (failure) {
    case NETWORK_NOT_THERE:
    case NETWORK_NO_SESSION: return LLN_SMP_NO_ENTRY;
    case NETWORK_VECTOR_SIZE:
    case NETWORK_NOT_FINITE:
    case NETWORK_OUT_OF_ORDER: return LLN_SMP_INVALID;
    case NETWORK_TOO_LONG: return LLN_SMP_MESSAGE_SIZE;
    case NETWORK_NO_PROFILE: return LLN_SMP_NOT_SUPPORTED;
    case NETWORK_NO_TRIAL: return LLN_SMP_BAD_STATE;
    default: return LLN_SMP_UNKNOWN;
  }
}

static const lln_command commands[] = {
    {INFO,           lln_network_info,   NULL                      },
    {INFER,          NULL,               lln_network_infer         },
    {RESET_SESSIONS, NULL,               lln_network_reset_sessions},
    {HEALTH,         lln_network_health, NULL                      },
    {VERIFY,         NULL,               lln_network_verify        },
    {PROFILE,        NULL,               lln_network_profile       },
    {LOG,            lln_network_log,    NULL                      },
    {TRIAL,          NULL,               lln_network_trial         },
};

const lln_group lln_network_group = {LLN_GROUP_NETWORK, commands, sizeof commands / sizeof *commands, translate};
