#include "fake_board.h"

#include <setjmp.h>
#include <string.h>

#include "lln_platform/board.h"
#include "lln_platform/clock.h"
#include "lln_platform/sensors.h"
#include "lln_platform/serial.h"
#include "require.h"

#define SECTORS 16u
#define FLASH_BYTES (SECTORS * LLN_MODEL_SECTOR_BYTES)
#define MARK_BYTES (FLASH_BYTES / LLN_FLASH_WORD_BYTES)

lln_flash_model fake_flash;
uint64_t fake_now_us;

static const lln_flash_layout layout = {
    LLN_MODEL_SECTOR_BYTES, {{8, 1}, {9, 1} },
     {{2, 6}, {10, 6}}
};
static _Alignas(32) uint8_t bytes[FLASH_BYTES];
static uint8_t marks[MARK_BYTES];
static uint8_t saved_bytes[FLASH_BYTES];
static uint8_t saved_marks[MARK_BYTES];
static jmp_buf out;

static void cut_power(void) { longjmp(out, FAKE_CUT); }

void fake_begin(void) {
  fake_flash = (lln_flash_model){.bytes = bytes, .marks = marks, .sectors = SECTORS, .on_cut = cut_power};
  fake_now_us = 0;
  lln_model_format(&fake_flash);
}

void fake_save(void) {
  memcpy(saved_bytes, bytes, sizeof bytes);
  memcpy(saved_marks, marks, sizeof marks);
}

void fake_restore(void) {
  memcpy(bytes, saved_bytes, sizeof bytes);
  memcpy(marks, saved_marks, sizeof marks);
}

fake_end fake_run(void (*work)(lln_app *app), lln_app *app) {
  const int end = setjmp(out);
  if (end != 0) return (fake_end)end;
  work(app);
  return FAKE_DONE;
}

void fake_cut(uint64_t from_now, lln_cut_mode mode) {
  fake_flash.cut_at = from_now == 0 ? 0 : fake_flash.operations + from_now;
  fake_flash.cut_mode = mode;
}

const lln_flash_layout *lln_flash_layout_of_board(void) { return &layout; }
const void *lln_flash_address(uint32_t offset) { return bytes + offset; }

lln_platform_status lln_flash_read(uint32_t offset, void *to, size_t count) {
  return lln_model_read(&fake_flash, offset, to, count);
}

/* No word is ever programmed twice (B34): the model refuses it, and here that is an error of the application. */
lln_platform_status lln_flash_program(uint32_t offset, const void *word) {
  const lln_platform_status status = lln_model_program(&fake_flash, offset, word);
  REQUIRE(status == LLN_PLATFORM_OK);
  return status;
}

lln_platform_status lln_flash_erase(uint32_t sector) { return lln_model_erase(&fake_flash, sector); }

const char *lln_board_kind(void) { return "posix"; }

size_t lln_board_id(uint8_t id[16]) {
  memset(id, 7, 16);
  return 16;
}

lln_reset_cause lln_board_reset_cause(void) { return LLN_RESET_SOFTWARE; }
void lln_board_reset(void) { longjmp(out, FAKE_RESET); }
void lln_watchdog_start(uint32_t timeout_ms) { (void)timeout_ms; }
void lln_watchdog_feed(void) {}

lln_stack lln_board_stack(void) {
  static const uint32_t stack[4] = {LLN_STACK_PAINT, LLN_STACK_PAINT, 1, 2};
  return (lln_stack){stack, stack + 4};
}

uint64_t lln_clock_us(void) { return fake_now_us; }
uint32_t lln_clock_cycles(void) { return (uint32_t)fake_now_us; }
uint32_t lln_clock_cycles_per_second(void) { return 1000000u; }
void lln_clock_rest(uint32_t us) { fake_now_us += us; }

lln_platform_status lln_sensor_temperature(int32_t *centi_celsius) {
  *centi_celsius = -1250;
  return LLN_PLATFORM_OK;
}

lln_platform_status lln_sensor_power(uint32_t *milliwatts, const char **source) {
  *milliwatts = 412;
  *source = "ina226";
  return LLN_PLATFORM_OK;
}

size_t lln_serial_read(uint8_t *to, size_t room) {
  (void)to;
  (void)room;
  return 0;
}

void lln_serial_write(const uint8_t *text, size_t count) {
  (void)text;
  (void)count;
}

uint32_t lln_serial_lost(void) { return 0; }
