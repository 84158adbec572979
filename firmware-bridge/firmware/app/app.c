#include "app.h"

#include "bytes.h"
#include "config.h"
#include "lln_platform/board.h"
#include "lln_platform/clock.h"
#include "lln_platform/serial.h"
#include "runner.h"
#include "server.h"
#include "trial.h"

static void find_intact(const lln_app *app, bool intact[LLN_SLOTS]) {
  for (uint8_t slot = 0; slot < LLN_SLOTS; slot++) intact[slot] = lln_app_is_bootable(app, slot);
}

static void log_start(lln_app *app, const lln_machine *before) {
  const lln_machine *machine = &app->store.machine;
  lln_log_line *line = lln_log_begin(&app->log, LLN_LOG_INFO);
  lln_log_text(line, "start ");
  lln_log_number(line, machine->boots);
  lln_log_text(line, ", cause ");
  lln_log_number(line, lln_board_reset_cause());
  if (machine->reverts != before->reverts) {
    lln_log_say(&app->log, LLN_LOG_WARN, "reverted: a trial was cut short, or an image is damaged");
  }
  line = lln_log_begin(&app->log, LLN_LOG_INFO);
  if (machine->live == LLN_NO_SLOT) {
    lln_log_text(line, "no network");
    return;
  }
  lln_log_text(line, machine->is_trial ? "on trial: slot " : "serving: slot ");
  lln_log_number(line, machine->live);
}

/*
 * The start is in flash before the network runs. Where the flash refuses that, only an image that was live and
 * confirmed before serves: a start of a trial that was not counted could be one of many.
 */
static void decide(lln_app *app) {
  bool intact[LLN_SLOTS];
  find_intact(app, intact);
  const lln_machine before = app->store.machine;
  const lln_platform_status status = lln_store_set_machine(&app->store, lln_machine_boot(before, intact));
  if (status != LLN_PLATFORM_OK) {
    lln_machine *machine = &app->store.machine;
    if (machine->is_trial || !lln_app_is_bootable(app, machine->live)) machine->live = LLN_NO_SLOT;
    machine->is_trial = false;
    lln_log_say(&app->log, LLN_LOG_ERROR, "the journal cannot be written");
  }
  log_start(app, &before);
}

void lln_app_start(lln_app *app) {
  lln_fill_bytes((uint8_t *)app, 0, sizeof *app);
  lln_frame_begin(&app->decoder);
  lln_upload_clear(&app->upload);
  app->golden.slot = LLN_NO_SLOT;
  lln_runner_clear_sessions();
  if (lln_store_open(&app->store) != LLN_PLATFORM_OK) {
    lln_log_say(&app->log, LLN_LOG_ERROR, "no journal can be made");
  }
  for (uint8_t slot = 0; slot < LLN_SLOTS; slot++) lln_slot_inspect(slot, &app->slots[slot]);
  decide(app);
  app->trial_deadline_ms = lln_ms_of(lln_clock_us()) + 1000u * LLN_TRIAL_SECONDS_DEFAULT;
}

/* In one piece: a line that nobody reads costs the board its patience once, and not for every part of an answer. */
static void answer(lln_app *app, size_t length) {
  uint8_t *message = app->answer + LLN_PACKET_AROUND_BYTES;
  const size_t answer_bytes = lln_server_answer(app, lln_frame_message(&app->decoder), length, message);
  if (answer_bytes == 0) return;
  const size_t packet_bytes = lln_frame_seal(app->answer, answer_bytes);
  lln_serial_write(app->lines, lln_frame_encode(app->answer, packet_bytes, app->lines));
}

void lln_app_receive(lln_app *app, const uint8_t *bytes, size_t count) {
  for (size_t at = 0; at < count;) {
    size_t length;
    at += lln_frame_feed(&app->decoder, bytes + at, count - at, &length);
    if (length > 0) {
      answer(app, length);
      lln_app_tick(app);
    }
  }
}

/* Even where the flash refuses the note, the next start finds a trial that was cut short. */
static void revert(lln_app *app) {
  bool intact[LLN_SLOTS];
  find_intact(app, intact);
  (void)lln_store_set_machine(&app->store, lln_machine_revert(app->store.machine, intact));
  app->wants_reset = true;
}

void lln_app_tick(lln_app *app) {
  lln_watchdog_feed();
  if (app->store.machine.is_trial) {
    const lln_trial_verdict verdict =
        lln_judge_trial(lln_ms_of(lln_clock_us()), app->trial_deadline_ms, app->health.inferences, app->health.errors);
    if (verdict != LLN_TRIAL_GOES_ON) revert(app);
  }
  if (app->wants_reset) lln_board_reset();
}
