#include "cbor_writer.h"

#include "bytes.h"

enum { UNSIGNED = 0x00, NEGATIVE = 0x20, BYTES = 0x40, TEXT = 0x60, ARRAY = 0x80, MAP = 0xA0 };
enum { FALSE_BYTE = 0xF4, TRUE_BYTE = 0xF5 };

void lln_cbor_begin(lln_cbor_writer *writer, uint8_t *to, size_t room) {
  writer->begin = to;
  writer->at = to;
  writer->end = to + room;
  writer->depth = 0;
  writer->has_failed = false;
}

static uint8_t *reserve(lln_cbor_writer *writer, size_t count) {
  if (writer->has_failed || lln_cbor_room(writer) < count) {
    writer->has_failed = true;
    return NULL;
  }
  uint8_t *at = writer->at;
  writer->at += count;
  return at;
}

static void put(lln_cbor_writer *writer, const uint8_t *bytes, size_t count) {
  uint8_t *to = reserve(writer, count);
  if (to != NULL) lln_copy_bytes(to, bytes, count);
}

static void put_head(lln_cbor_writer *writer, uint8_t major, uint64_t value) {
  uint8_t bytes[9];
  if (value < 24) {
    bytes[0] = (uint8_t)(major | value);
    put(writer, bytes, 1);
    return;
  }
  const uint32_t power = value <= UINT8_MAX ? 0 : value <= UINT16_MAX ? 1 : value <= UINT32_MAX ? 2 : 3;
  const size_t count = (size_t)1 << power;
  bytes[0] = (uint8_t)(major | (24u + power));
  for (size_t i = 0; i < count; i++) bytes[1 + i] = (uint8_t)(value >> (8 * (count - 1 - i)));
  put(writer, bytes, 1 + count);
}

void lln_cbor_open_map(lln_cbor_writer *writer) {
  if (writer->depth == LLN_CBOR_WRITER_LEVELS_MAX) writer->has_failed = true;
  uint8_t *map = reserve(writer, 1);
  if (map == NULL) return;
  *map = MAP;
  writer->maps[writer->depth++] = map;
}

void lln_cbor_close_map(lln_cbor_writer *writer) {
  if (!writer->has_failed) writer->depth--;
}

void lln_cbor_key(lln_cbor_writer *writer, const char *key) {
  if (writer->has_failed) return;
  uint8_t *map = writer->maps[writer->depth - 1];
  if (*map == MAP + LLN_CBOR_MAP_ENTRIES_MAX)
    writer->has_failed = true;
  else
    (*map)++;
  lln_cbor_text(writer, key, lln_text_length(key));
}

void lln_cbor_array(lln_cbor_writer *writer, uint32_t count) { put_head(writer, ARRAY, count); }

void lln_cbor_number(lln_cbor_writer *writer, uint64_t value) { put_head(writer, UNSIGNED, value); }

void lln_cbor_signed(lln_cbor_writer *writer, int64_t value) {
  if (value < 0)
    put_head(writer, NEGATIVE, (uint64_t)(-1 - value));
  else
    put_head(writer, UNSIGNED, (uint64_t)value);
}

void lln_cbor_flag(lln_cbor_writer *writer, bool value) {
  const uint8_t byte = value ? TRUE_BYTE : FALSE_BYTE;
  put(writer, &byte, 1);
}

void lln_cbor_text(lln_cbor_writer *writer, const char *text, size_t length) {
  put_head(writer, TEXT, length);
  put(writer, (const uint8_t *)text, length);
}

void lln_cbor_bytes(lln_cbor_writer *writer, const uint8_t *bytes, size_t length) {
  put_head(writer, BYTES, length);
  put(writer, bytes, length);
}

uint8_t *lln_cbor_reserve_bytes(lln_cbor_writer *writer, size_t length) {
  put_head(writer, BYTES, length);
  return reserve(writer, length);
}

void lln_cbor_put_number(lln_cbor_writer *writer, const char *key, uint64_t value) {
  lln_cbor_key(writer, key);
  lln_cbor_number(writer, value);
}

void lln_cbor_put_signed(lln_cbor_writer *writer, const char *key, int64_t value) {
  lln_cbor_key(writer, key);
  lln_cbor_signed(writer, value);
}

void lln_cbor_put_flag(lln_cbor_writer *writer, const char *key, bool value) {
  lln_cbor_key(writer, key);
  lln_cbor_flag(writer, value);
}

void lln_cbor_put_text(lln_cbor_writer *writer, const char *key, const char *text) {
  lln_cbor_key(writer, key);
  lln_cbor_text(writer, text, lln_text_length(text));
}
