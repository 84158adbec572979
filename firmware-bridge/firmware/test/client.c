#include "client.h"

#include <string.h>

#include "cbor_reader.h"
#include "cbor_writer.h"
#include "require.h"
#include "server.h"

#define CHUNK_BYTES 1500u

static uint8_t request[LLN_MESSAGE_BYTES_MAX];
static uint8_t answer[LLN_MESSAGE_BYTES_MAX];
static lln_cbor_writer writer;

static void begin(void) {
  lln_cbor_begin(&writer, request + LLN_SMP_HEADER_BYTES, sizeof request - LLN_SMP_HEADER_BYTES);
  lln_cbor_open_map(&writer);
}

static void put_bytes(const char *key, const uint8_t *bytes, size_t length) {
  lln_cbor_key(&writer, key);
  lln_cbor_bytes(&writer, bytes, length);
}

/* Sends what has been written; the fields of the answer go to `fields`. */
static void ask(lln_app *app, uint8_t command, lln_field *fields, size_t count) {
  lln_cbor_close_map(&writer);
  REQUIRE(!writer.has_failed);
  const lln_smp_header header = {.operation = LLN_SMP_WRITE,
                                 .version = 1,
                                 .command = command,
                                 .group = LLN_GROUP_IMAGE,
                                 .payload_bytes = (uint16_t)lln_cbor_length(&writer)};
  lln_smp_write(&header, request);
  const size_t length = lln_server_answer(app, request, LLN_SMP_HEADER_BYTES + lln_cbor_length(&writer), answer);
  REQUIRE(length > LLN_SMP_HEADER_BYTES);
  /* A failure of a group is a map, which a number is not. */
  lln_field failure[] = {LLN_FIELD("rc", LLN_FIELD_NUMBER), LLN_FIELD("err", LLN_FIELD_NUMBER)};
  uint8_t *payload = answer + LLN_SMP_HEADER_BYTES;
  REQUIRE(lln_cbor_read_fields(payload, length - LLN_SMP_HEADER_BYTES, failure, 2) && !failure[0].is_given);
  REQUIRE(lln_cbor_read_fields(payload, length - LLN_SMP_HEADER_BYTES, fields, count));
}

client_image client_load(const char *file) {
  client_image image = {.bytes = malloc(1u << 20)};
  FILE *from = fopen(file, "rb");
  REQUIRE(from != NULL && image.bytes != NULL);
  image.length = (uint32_t)fread(image.bytes, 1, 1u << 20, from);
  fclose(from);
  lln_sha256 hash;
  lln_sha256_begin(&hash);
  lln_sha256_add(&hash, image.bytes, image.length);
  lln_sha256_end(&hash, image.hash);
  return image;
}

void client_upload(lln_app *app, const client_image *image) {
  uint32_t offset = 0;
  for (uint32_t i = 0;; i++) {
    REQUIRE(i < 2 + 3 * image->length / CHUNK_BYTES);
    const uint32_t left = image->length - offset;
    lln_field fields[] = {LLN_FIELD("off", LLN_FIELD_NUMBER), LLN_FIELD("match", LLN_FIELD_FLAG)};
    begin();
    lln_cbor_put_number(&writer, "off", offset);
    put_bytes("data", image->bytes + offset, left < CHUNK_BYTES ? left : CHUNK_BYTES);
    if (offset == 0) {
      lln_cbor_put_number(&writer, "len", image->length);
      put_bytes("sha", image->hash, sizeof image->hash);
    }
    ask(app, 1, fields, 2);
    REQUIRE(fields[0].is_given);
    offset = fields[0].number;
    if (fields[1].is_given) {
      REQUIRE(fields[1].flag && offset == image->length);
      return;
    }
  }
}

void client_set_state(lln_app *app, const client_image *image, bool is_confirmed) {
  begin();
  put_bytes("hash", image->hash, sizeof image->hash);
  lln_cbor_put_flag(&writer, "confirm", is_confirmed);
  ask(app, 0, NULL, 0);
}

void client_confirm(lln_app *app) {
  begin();
  lln_cbor_put_flag(&writer, "confirm", true);
  ask(app, 0, NULL, 0);
}

void client_erase(lln_app *app) {
  begin();
  ask(app, 5, NULL, 0);
}
