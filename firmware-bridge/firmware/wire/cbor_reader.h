/* Reads the one map that is a request's payload. */
#ifndef LLN_WIRE_CBOR_READER_H
#define LLN_WIRE_CBOR_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LLN_CBOR_LEVELS_MAX 8u

typedef enum lln_field_kind {
  LLN_FIELD_NUMBER, /* unsigned, below 2^32 */
  LLN_FIELD_FLAG,
  LLN_FIELD_BYTES,
  LLN_FIELD_TEXT
} lln_field_kind;

/* What a handler wants to know. Key and kind are its own; the reader fills in the rest. */
typedef struct lln_field {
  const char *key;
  lln_field_kind kind;
  bool is_given; /* null and undefined count as not given */
  bool flag;
  uint32_t number;
  const uint8_t *bytes; /* within the payload; text too, without an end mark */
  size_t length;
} lln_field;

#define LLN_FIELD(name, type) \
  { .key = (name), .kind = (type) }

/*
 * False if `payload` is anything else than one map with text keys, nested deeper than LLN_CBOR_LEVELS_MAX, or has one
 * of the fields twice or of another kind. Keys that are no field are skipped. Strings that came in pieces are put
 * together where they are: the payload changes.
 */
bool lln_cbor_read_fields(uint8_t *payload, size_t length, lln_field *fields, size_t count);

#endif
