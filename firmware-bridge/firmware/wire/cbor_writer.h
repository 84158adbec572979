/* Writes an answer's payload. Lengths are definite and every number is as short as it can be. */
#ifndef LLN_WIRE_CBOR_WRITER_H
#define LLN_WIRE_CBOR_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LLN_CBOR_WRITER_LEVELS_MAX 4u
/* A map's head is one byte that is written when its entries are counted. */
#define LLN_CBOR_MAP_ENTRIES_MAX 23u

/* Nothing is written after the room has run out: `has_failed` says so, and the caller asks once, at the end. */
typedef struct lln_cbor_writer {
  uint8_t *begin;
  uint8_t *at;
  uint8_t *end;
  uint8_t *maps[LLN_CBOR_WRITER_LEVELS_MAX];
  uint8_t depth;
  bool has_failed;
} lln_cbor_writer;

void lln_cbor_begin(lln_cbor_writer *writer, uint8_t *to, size_t room);

/* Bytes written so far. */
static inline size_t lln_cbor_length(const lln_cbor_writer *writer) { return (size_t)(writer->at - writer->begin); }
static inline size_t lln_cbor_room(const lln_cbor_writer *writer) { return (size_t)(writer->end - writer->at); }

/* Between the two, entries: a key, then one value. */
void lln_cbor_open_map(lln_cbor_writer *writer);
void lln_cbor_close_map(lln_cbor_writer *writer);
void lln_cbor_key(lln_cbor_writer *writer, const char *key);

/* `count` values follow. */
void lln_cbor_array(lln_cbor_writer *writer, uint32_t count);

void lln_cbor_number(lln_cbor_writer *writer, uint64_t value);
void lln_cbor_signed(lln_cbor_writer *writer, int64_t value);
void lln_cbor_flag(lln_cbor_writer *writer, bool value);
void lln_cbor_text(lln_cbor_writer *writer, const char *text, size_t length);
void lln_cbor_bytes(lln_cbor_writer *writer, const uint8_t *bytes, size_t length);

/* A byte string of `length` bytes that the caller fills in; NULL if there is no room. */
uint8_t *lln_cbor_reserve_bytes(lln_cbor_writer *writer, size_t length);

/* A whole entry. */
void lln_cbor_put_number(lln_cbor_writer *writer, const char *key, uint64_t value);
void lln_cbor_put_signed(lln_cbor_writer *writer, const char *key, int64_t value);
void lln_cbor_put_flag(lln_cbor_writer *writer, const char *key, bool value);
void lln_cbor_put_text(lln_cbor_writer *writer, const char *key, const char *text);

#endif
