/*
 * A libFuzzer target: a sequence of requests to a board that serves one network and has another on standby. An input
 * is, again and again, operation and version, group, command, length in two bytes, and a payload. The image comes from
 * the file that LLN_FUZZ_IMAGE names.
 */
#include <string.h>

#include "bytes.h"
#include "cbor_reader.h"
#include "client.h"
#include "require.h"
#include "server.h"

#define REQUEST_HEAD_BYTES 5u

int LLVMFuzzerInitialize(int *count, char ***arguments);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static lln_app app;
static lln_app fresh;
static client_image image;
static uint64_t fresh_operations;

static void install(lln_app *board) {
  lln_app_start(board);
  client_upload(board, &image);
  client_set_state(board, &image, true);
  lln_app_start(board);
}

int LLVMFuzzerInitialize(int *count, char ***arguments) {
  (void)count;
  (void)arguments;
  const char *file = getenv("LLN_FUZZ_IMAGE");
  REQUIRE(file != NULL);
  image = client_load(file);
  fake_begin();
  REQUIRE(fake_run(install, &app) == FAKE_DONE);
  fake_save();
  fresh = app;
  fresh_operations = fake_flash.operations;
  return 0;
}

static const uint8_t *input;
static size_t left;

/* One request. False at the input's end. */
static bool send_next(lln_app *board) {
  static uint8_t answer[LLN_MESSAGE_BYTES_MAX];
  if (left < REQUEST_HEAD_BYTES) return false;
  size_t length = lln_get_be16(input + 3);
  if (length > left - REQUEST_HEAD_BYTES) length = left - REQUEST_HEAD_BYTES;
  if (length > LLN_MESSAGE_BYTES_MAX - LLN_SMP_HEADER_BYTES) return false;
  uint8_t *request = malloc(LLN_SMP_HEADER_BYTES + length);
  REQUIRE(request != NULL);
  const lln_smp_header header = {.operation = input[0] & 7u,
                                 .version = (uint8_t)(input[0] >> 3 & 3u),
                                 .group = input[1],
                                 .command = input[2],
                                 .payload_bytes = (uint16_t)length};
  lln_smp_write(&header, request);
  memcpy(request + LLN_SMP_HEADER_BYTES, input + REQUEST_HEAD_BYTES, length);
  input += REQUEST_HEAD_BYTES + length;
  left -= REQUEST_HEAD_BYTES + length;
  const size_t answered = lln_server_answer(board, request, LLN_SMP_HEADER_BYTES + length, answer);
  free(request);
  if (answered > 0) {
    REQUIRE(lln_cbor_read_fields(answer + LLN_SMP_HEADER_BYTES, answered - LLN_SMP_HEADER_BYTES, NULL, 0));
  }
  return true;
}

/* A board is reset by a request for it, and by a lost trial. */
static void serve(lln_app *board) {
  while (send_next(board)) {
    lln_app_tick(board);
    fake_now_us += 1000u;
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (fake_flash.operations != fresh_operations) fake_restore();
  fake_flash.operations = fresh_operations;
  fake_now_us = 0;
  app = fresh;
  input = data;
  left = size;
  while (fake_run(serve, &app) == FAKE_RESET) lln_app_start(&app);
  /* The live image is never lost, whatever was asked for. */
  if (app.store.machine.live != LLN_NO_SLOT) REQUIRE(app.slots[app.store.machine.live].state == LLN_SLOT_BOOTABLE);
  return 0;
}
