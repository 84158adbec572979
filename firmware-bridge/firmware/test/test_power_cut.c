/*
 * Cuts the power in every operation of the flash in the course of an update, in each of the ways that the model knows,
 * and once more in the start after it: `test_power_cut STRIDE SECOND OLD NEW`, with up to SECOND such second cuts. The
 * operations in the middle of a long upload are alike: of these every STRIDE-th is cut.
 */
#include <string.h>

#include "bytes.h"
#include "client.h"
#include "kernel.h"
#include "require.h"

#define EDGE_OPERATIONS 40u

static lln_app app;
static client_image old_image;
static client_image new_image;

/* How far the client has come, as it knows from answers. */
typedef enum progress { BEGUN, UPLOADED, TESTED, STARTED, ENDED } progress;
static progress reached;

/* Of a long upload only every `stride`-th operation is cut. */
static uint64_t stride;
static uint64_t second_cuts;

static const lln_machine *machine(void) { return &app.store.machine; }

static void start(lln_app *board) { lln_app_start(board); }

static bool is_live(const client_image *image) {
  return machine()->live < LLN_SLOTS && memcmp(app.slots[machine()->live].hash, image->hash, LLN_SHA256_BYTES) == 0;
}

static void stage(lln_app *board) {
  reached = BEGUN;
  client_upload(board, &new_image);
  reached = UPLOADED;
  client_set_state(board, &new_image, false);
  reached = TESTED;
  lln_app_start(board);
  REQUIRE(is_live(&new_image) && machine()->is_trial);
  reached = STARTED;
}

static void update(lln_app *board) {
  stage(board);
  client_confirm(board);
  reached = ENDED;
}

/* The trial is cut short by a reset, and the old image taken up again. */
static void try_and_lose(lln_app *board) {
  stage(board);
  lln_app_start(board);
  REQUIRE(is_live(&old_image) && !machine()->is_trial);
  reached = ENDED;
}

/* The time of a trial is over: the board notes it and resets itself. */
static void let_time_pass(lln_app *board) {
  stage(board);
  fake_now_us += 601u * 1000000u;
  lln_app_tick(board);
}

static void install_old(lln_app *board) {
  lln_app_start(board);
  client_upload(board, &old_image);
  client_set_state(board, &old_image, false);
  lln_app_start(board);
  client_confirm(board);
}

static void fill_journal(lln_app *board) {
  while (board->store.next_word + 6 < LLN_MODEL_WORDS_PER_SECTOR) {
    lln_machine next = board->store.machine;
    next.boots++;
    REQUIRE(lln_store_set_machine(&board->store, next) == LLN_PLATFORM_OK);
  }
}

/* The old image's bytes are where they were, whatever has happened. */
static void require_old_untouched(void) {
  const uint32_t offset = lln_slot_image_offset(0);
  REQUIRE(memcmp(fake_flash.bytes + offset, old_image.bytes, old_image.length) == 0);
  for (uint32_t at = 0; at < old_image.length; at += 32) {
    uint8_t word[32];
    REQUIRE(lln_model_read(&fake_flash, offset + at, word, sizeof word) == LLN_PLATFORM_OK);
  }
}

/* What must be so after a start, wherever the power was cut. */
static void require_sound(bool may_be_new) {
  REQUIRE(machine()->live != LLN_NO_SLOT && app.slots[machine()->live].state == LLN_SLOT_BOOTABLE);
  REQUIRE(is_live(&old_image) || is_live(&new_image));
  if (!may_be_new) REQUIRE(is_live(&old_image));
  if (is_live(&old_image)) REQUIRE(!machine()->is_trial);
  for (uint8_t slot = 0; slot < LLN_SLOTS; slot++) {
    if (!lln_app_is_bootable(&app, slot)) continue;
    const client_image *image = slot == 0 ? &old_image : &new_image;
    REQUIRE(memcmp(app.slots[slot].hash, image->hash, LLN_SHA256_BYTES) == 0);
  }
  require_old_untouched();
}

/* A client goes on until the new image is confirmed. */
static void complete(lln_app *board) {
  if (!is_live(&new_image)) {
    if (machine()->standing[1] == LLN_STANDING_REVERTED) client_erase(board);
    client_upload(board, &new_image);
    client_set_state(board, &new_image, false);
    lln_app_start(board);
  }
  client_confirm(board);
  lln_app_start(board);
  REQUIRE(is_live(&new_image) && !machine()->is_trial && machine()->standing[1] == LLN_STANDING_CONFIRMED);
}

static void recover(uint64_t second_cut, lln_cut_mode mode, bool has_confirmed) {
  const progress before = reached;
  fake_cut(second_cut, mode);
  const bool was_cut = fake_run(start, &app) == FAKE_CUT;
  fake_cut(0, mode);
  if (was_cut) REQUIRE(fake_run(start, &app) == FAKE_DONE);
  /* Before `test` was asked for the new one may not run at all; an acknowledged end stays. */
  require_sound(before >= UPLOADED);
  if (before == ENDED) REQUIRE(has_confirmed ? is_live(&new_image) && !machine()->is_trial : is_live(&old_image));
  /* A trial that a start was counted for is not taken up again. */
  REQUIRE(fake_run(start, &app) == FAKE_DONE);
  require_sound(before >= UPLOADED);
  REQUIRE(!machine()->is_trial);
  REQUIRE(fake_run(complete, &app) == FAKE_DONE);
}

static uint64_t count_operations(void (*scenario)(lln_app *)) {
  fake_restore();
  REQUIRE(fake_run(start, &app) == FAKE_DONE);
  const uint64_t before = fake_flash.operations;
  fake_cut(0, LLN_CUT_CLEAN);
  REQUIRE(fake_run(scenario, &app) != FAKE_CUT);
  return fake_flash.operations - before;
}

static void cut_once(void (*scenario)(lln_app *), uint64_t at, uint64_t second, lln_cut_mode mode, bool has_confirmed) {
  fake_restore();
  fake_now_us = 0;
  REQUIRE(fake_run(start, &app) == FAKE_DONE);
  fake_cut(at, mode);
  REQUIRE(fake_run(scenario, &app) == FAKE_CUT);
  recover(second, mode, has_confirmed);
}

static void sweep(const char *name, void (*scenario)(lln_app *), bool has_confirmed) {
  static const lln_cut_mode modes[] = {LLN_CUT_CLEAN, LLN_CUT_TORN, LLN_CUT_UNREADABLE};
  const uint64_t operations = count_operations(scenario);
  uint64_t cuts = 0;
  for (uint64_t at = 1; at <= operations; at++) {
    if (at > EDGE_OPERATIONS && at + EDGE_OPERATIONS < operations && at % stride != 0) continue;
    for (int mode = 0; mode < 3; mode++) {
      for (uint64_t second = 0; second <= second_cuts; second++, cuts++) {
        cut_once(scenario, at, second, modes[mode], has_confirmed);
      }
    }
  }
  printf("%s: %llu operations, %llu cuts\n", name, (unsigned long long)operations, (unsigned long long)cuts);
}

/* A whole image, its checksum and all, that is not the one of the hash: somebody wrote into the flash. */
static void require_that_another_image_is_not_booted(void) {
  static const uint8_t zero[4] = {0};
  uint8_t *image = fake_flash.bytes + lln_slot_image_offset(0);
  image[40] ^= 1u;
  memcpy(image + 12, zero, sizeof zero);
  lln_put_le32(image + 12, lln_crc32(0, image, old_image.length));
  REQUIRE(fake_run(start, &app) == FAKE_DONE);
  REQUIRE(app.slots[0].state == LLN_SLOT_DAMAGED && machine()->live == LLN_NO_SLOT);
  fake_restore();
}

int main(int count, char **arguments) {
  REQUIRE(count == 5);
  stride = strtoull(arguments[1], NULL, 10);
  second_cuts = strtoull(arguments[2], NULL, 10);
  old_image = client_load(arguments[3]);
  new_image = client_load(arguments[4]);
  fake_begin();
  REQUIRE(fake_run(install_old, &app) == FAKE_DONE);
  fake_save();
  require_that_another_image_is_not_booted();
  sweep("update", update, true);
  sweep("revert", try_and_lose, false);
  sweep("timeout", let_time_pass, false);
  fake_restore();
  REQUIRE(fake_run(start, &app) == FAKE_DONE);
  REQUIRE(fake_run(fill_journal, &app) == FAKE_DONE);
  fake_save();
  sweep("update with a full journal", update, true);
  free(old_image.bytes);
  free(new_image.bytes);
  return 0;
}
