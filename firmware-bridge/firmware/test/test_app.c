/*
 * The application's parts: `test_app` tests them; `test_app hash FILE...` prints the SHA-256 of files, and
 * `test_app boot LIVE INTACT TARGET ACTION...` compares decisions of the boot table with the given ones.
 */
#include <string.h>

#include "bytes.h"
#include "config.h"
#include "fake_board.h"
#include "require.h"
#include "server.h"
#include "trial.h"

static lln_app app;

static void digest_of(const uint8_t *bytes, size_t count, size_t piece, uint8_t digest[LLN_SHA256_BYTES]) {
  lln_sha256 hash;
  lln_sha256_begin(&hash);
  for (size_t at = 0; at < count; at += piece) {
    lln_sha256_add(&hash, bytes + at, count - at < piece ? count - at : piece);
  }
  lln_sha256_end(&hash, digest);
}

static void print_digest(const uint8_t digest[LLN_SHA256_BYTES]) {
  for (size_t i = 0; i < LLN_SHA256_BYTES; i++) printf("%02x", digest[i]);
  printf("\n");
}

static void require_digest(const char *text, size_t repeats, const char *expected) {
  const size_t length = strlen(text);
  uint8_t digest[LLN_SHA256_BYTES];
  char hex[2 * LLN_SHA256_BYTES + 1];
  lln_sha256 hash;
  lln_sha256_begin(&hash);
  for (size_t i = 0; i < repeats; i++) lln_sha256_add(&hash, (const uint8_t *)text, length);
  lln_sha256_end(&hash, digest);
  for (size_t i = 0; i < LLN_SHA256_BYTES; i++) snprintf(hex + 2 * i, 3, "%02x", digest[i]);
  REQUIRE(strcmp(hex, expected) == 0);
}

/* The examples of FIPS 180-2, appendix B, and the empty message. */
static void test_sha256(void) {
  require_digest("", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  require_digest("abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  require_digest("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
                 "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  require_digest("a", 1000000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

static void hash_file(const char *name) {
  static uint8_t bytes[1u << 20];
  uint8_t whole[LLN_SHA256_BYTES];
  FILE *file = fopen(name, "rb");
  REQUIRE(file != NULL);
  const size_t count = fread(bytes, 1, sizeof bytes, file);
  fclose(file);
  digest_of(bytes, count, sizeof bytes, whole);
  for (size_t piece = 1; piece < 200; piece += 13) {
    uint8_t pieces[LLN_SHA256_BYTES];
    digest_of(bytes, count, piece, pieces);
    REQUIRE(memcmp(whole, pieces, sizeof whole) == 0);
  }
  print_digest(whole);
}

static size_t index_of(const char *name, const char *const *names, size_t count) {
  size_t i = 0;
  while (i < count && strcmp(name, names[i]) != 0) i++;
  REQUIRE(i < count);
  return i;
}

static void check_boot(char **arguments) {
  static const char *const lives[] = {"none", "trial", "confirmed"};
  static const char *const actions[] = {"keep", "revert", "abandon", "fall-back", "none"};
  const lln_boot_facts facts = {(lln_boot_live)index_of(arguments[0], lives, 3), strcmp(arguments[1], "true") == 0,
                                strcmp(arguments[2], "true") == 0};
  REQUIRE((size_t)lln_decide_boot(&facts) == index_of(arguments[3], actions, 5));
}

static const bool both[LLN_SLOTS] = {true, true};
static const bool only_green[LLN_SLOTS] = {false, true};

static void test_machine(void) {
  lln_machine m = lln_machine_new();
  REQUIRE(lln_standby_slot(&m) == 0 && lln_return_slot(&m, both) == LLN_NO_SLOT);
  m = lln_machine_boot(lln_machine_set_pending(m, 0, false), both);
  REQUIRE(m.live == 0 && m.is_trial && m.pending == LLN_NO_SLOT && m.boots == 1);
  lln_machine lost = lln_machine_boot(m, both);
  REQUIRE(lost.live == LLN_NO_SLOT && lost.standing[0] == LLN_STANDING_REVERTED && lost.reverts == 1);
  m = lln_machine_confirm(m);
  REQUIRE(lln_standby_slot(&m) == 1 && m.standing[0] == LLN_STANDING_CONFIRMED);
  lln_machine trial = lln_machine_boot(lln_machine_set_pending(m, 1, false), both);
  REQUIRE(trial.live == 1 && trial.is_trial && lln_return_slot(&trial, both) == 0);
  lost = lln_machine_boot(trial, both);
  REQUIRE(lost.live == 0 && !lost.is_trial && lost.standing[1] == LLN_STANDING_REVERTED);
  /* what was reverted is not taken up again, not even for good */
  REQUIRE(lln_machine_boot(lln_machine_set_pending(lost, 1, true), both).live == 0);
  REQUIRE(lln_machine_boot(lln_machine_set_pending(m, 1, true), both).standing[1] == LLN_STANDING_CONFIRMED);
  /* an image that was lost is not taken up, and one that was live falls back */
  const bool only_blue[LLN_SLOTS] = {true, false};
  REQUIRE(lln_machine_boot(lln_machine_set_pending(m, 1, false), only_blue).live == 0);
  lln_machine other = lln_machine_confirm(trial);
  REQUIRE(lln_machine_boot(other, only_blue).live == 0);
  REQUIRE(lln_machine_boot(m, only_green).live == LLN_NO_SLOT);
  /* to give a trial up is to ask for the old one for good */
  lost = lln_machine_boot(lln_machine_set_pending(trial, 0, true), both);
  REQUIRE(lost.live == 0 && !lost.is_trial && lost.standing[1] == LLN_STANDING_REVERTED);
}

static void test_trial(void) {
  REQUIRE(lln_judge_trial(0, 1000, 49, 49) == LLN_TRIAL_GOES_ON);
  REQUIRE(lln_judge_trial(0, 1000, 50, 5) == LLN_TRIAL_GOES_ON);
  REQUIRE(lln_judge_trial(0, 1000, 50, 6) == LLN_TRIAL_TOO_MANY_ERRORS);
  REQUIRE(lln_judge_trial(999, 1000, 0, 0) == LLN_TRIAL_GOES_ON);
  REQUIRE(lln_judge_trial(1000, 1000, 0, 0) == LLN_TRIAL_TIME_IS_OVER);
  REQUIRE(lln_trial_seconds_left(1, 1000) == 1 && lln_trial_seconds_left(1000, 1000) == 0);
}

static void test_records(void) {
  uint8_t word[LLN_FLASH_WORD_BYTES];
  lln_record record;
  lln_machine machine;
  const lln_machine before = {
      1, true, 0, true, {LLN_STANDING_CONFIRMED, LLN_STANDING_REVERTED},
          65535, 4000000000u
  };
  lln_record packed = lln_record_of_machine(&before);
  packed.number = 77;
  lln_record_pack(&packed, word);
  REQUIRE(lln_record_unpack(word, &record) && record.number == 77);
  REQUIRE(lln_machine_of_record(&record, &machine) && lln_machine_equals(&machine, &before));
  for (size_t bit = 0; bit < 8 * sizeof word; bit++) {
    word[bit / 8] = (uint8_t)(word[bit / 8] ^ (1u << bit % 8));
    REQUIRE(!lln_record_unpack(word, &record));
    word[bit / 8] = (uint8_t)(word[bit / 8] ^ (1u << bit % 8));
  }
  /* a record whose checksum is right, of a machine that cannot be */
  const uint32_t impossible[] = {2, 2u << 8, 4u << 16, LLN_NO_SLOT | LLN_NO_SLOT << 8 | 1u << 16};
  for (size_t i = 0; i < 4; i++) {
    packed.values[0] = impossible[i];
    REQUIRE(!lln_machine_of_record(&packed, &machine));
  }
}

static void start(lln_app *board) { lln_app_start(board); }

/* Both journals are filled more than once; nothing is forgotten on the way, and a new start finds all of it. */
static void test_journal(void) {
  static const uint8_t hash_start[LLN_HASH_START_BYTES] = {9, 8, 7};
  fake_begin();
  REQUIRE(fake_run(start, &app) == FAKE_DONE);
  lln_store *store = &app.store;
  for (int i = 0; i < 5; i++) REQUIRE(lln_store_erase(store, 11) == LLN_PLATFORM_OK);
  REQUIRE(lln_store_begin_upload(store, 1, 4096, hash_start) == LLN_PLATFORM_OK);
  REQUIRE(lln_store_erase(store, 10) == LLN_PLATFORM_OK);
  for (uint32_t i = 0; i < 10000; i++) {
    lln_machine next = store->machine;
    next.boots++;
    REQUIRE(lln_store_set_machine(store, next) == LLN_PLATFORM_OK);
  }
  lln_store found;
  REQUIRE(lln_store_open(&found) == LLN_PLATFORM_OK);
  REQUIRE(found.machine.boots == 10001 && lln_machine_equals(&found.machine, &store->machine));
  REQUIRE(found.erasures[11] == 5 && found.erasures[10] == 1 && found.erasures[8] == 2 && found.erasures[9] == 1);
  REQUIRE(found.upload.slot == 1 && found.upload.length == 4096);
  REQUIRE(memcmp(found.upload.hash_start, hash_start, sizeof hash_start) == 0);
  REQUIRE(found.is_fresh[10] && !found.is_fresh[11]);
  REQUIRE(found.next_word == store->next_word && found.journal == store->journal);
}

static void test_log(void) {
  lln_log_line *line = NULL;
  memset(&app.log, 0, sizeof app.log);
  for (uint32_t i = 0; i < LLN_LOG_LINES + 6; i++) {
    line = lln_log_begin(&app.log, LLN_LOG_WARN);
    for (int k = 0; k < 50; k++) lln_log_number(line, i);
  }
  REQUIRE(line->length == LLN_LOG_CHARACTERS && lln_log_oldest(&app.log) == 6);
  line = lln_log_begin(&app.log, LLN_LOG_INFO);
  lln_log_number(line, 0);
  lln_log_text(line, "/");
  lln_log_number(line, UINT32_MAX);
  REQUIRE(line->length == 12 && memcmp(line->text, "0/4294967295", 12) == 0);
}

static void test_health(void) {
  lln_health health = {0};
  uint32_t used;
  uint32_t bytes;
  REQUIRE(lln_health_mean(&health) == 0);
  lln_health_count(&health, false, 1023);
  lln_health_count(&health, true, 1024);
  lln_health_count(&health, false, UINT64_C(1) << 40);
  lln_health_count(&health, false, 0);
  REQUIRE(health.inferences == 4 && health.errors == 1 && health.timed == 3);
  REQUIRE(health.cycles_min == 1023 && health.cycles_max == UINT64_C(1) << 40);
  REQUIRE(health.histogram[0] == 1 && health.histogram[1] == 1 && health.histogram[LLN_HISTOGRAM_BINS - 1] == 1);
  lln_health_stack(&used, &bytes);
  REQUIRE(used == 8 && bytes == 16);
}

int main(int count, char **arguments) {
  if (count > 1 && strcmp(arguments[1], "hash") == 0) {
    for (int i = 2; i < count; i++) hash_file(arguments[i]);
    return 0;
  }
  if (count > 1 && strcmp(arguments[1], "boot") == 0) {
    for (int i = 2; i + 4 <= count; i += 4) check_boot(arguments + i);
    printf("boot: %d decisions\n", (count - 2) / 4);
    return 0;
  }
  test_sha256();
  test_machine();
  test_trial();
  test_records();
  test_journal();
  test_log();
  test_health();
  printf("app: passed\n");
  return 0;
}
