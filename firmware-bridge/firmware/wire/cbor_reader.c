#include "cbor_reader.h"

#include "bytes.h"

enum { MAJOR_UNSIGNED = 0, MAJOR_NEGATIVE, MAJOR_BYTES, MAJOR_TEXT, MAJOR_ARRAY, MAJOR_MAP, MAJOR_TAG, MAJOR_SIMPLE };
enum { SIMPLE_FALSE = 20, SIMPLE_TRUE = 21, SIMPLE_NULL = 22, SIMPLE_UNDEFINED = 23 };

#define INFO_ONE_BYTE 24u
#define INFO_EIGHT_BYTES 27u
#define INFO_INDEFINITE 31u

typedef struct reader {
  uint8_t *at;
  uint8_t *end;
} reader;

typedef struct head {
  uint8_t major;
  bool is_indefinite; /* of MAJOR_SIMPLE: a break */
  bool is_short;      /* its value stands in the first byte */
  uint64_t value;
} head;

static size_t bytes_left(const reader *from) { return (size_t)(from->end - from->at); }

static bool is_break(const head *item) { return item->major == MAJOR_SIMPLE && item->is_indefinite; }

static bool read_head(reader *from, head *item) {
  if (bytes_left(from) == 0) return false;
  const uint32_t first = *from->at++;
  const uint32_t info = first & 31u;
  item->major = (uint8_t)(first >> 5);
  item->is_indefinite = info == INFO_INDEFINITE;
  item->is_short = info < INFO_ONE_BYTE;
  item->value = info;
  if (item->is_indefinite) return item->major >= MAJOR_BYTES && item->major != MAJOR_TAG;
  if (item->is_short) return true;
  if (info > INFO_EIGHT_BYTES) return false;
  const size_t count = (size_t)1 << (info - INFO_ONE_BYTE);
  if (bytes_left(from) < count) return false;
  item->value = 0;
  for (size_t i = 0; i < count; i++) item->value = item->value << 8 | *from->at++;
  return true;
}

/* The string whose head has been read. The pieces of an indefinite one are moved together, over their heads. */
static bool read_string(reader *from, const head *item, const uint8_t **bytes, size_t *length) {
  *bytes = from->at;
  *length = 0;
  if (!item->is_indefinite) {
    if (item->value > bytes_left(from)) return false;
    *length = (size_t)item->value;
    from->at += *length;
    return true;
  }
  uint8_t *to = from->at;
  for (;;) {
    head piece;
    if (!read_head(from, &piece)) return false;
    if (is_break(&piece)) return true;
    if (piece.major != item->major || piece.is_indefinite || piece.value > bytes_left(from)) return false;
    const size_t count = (size_t)piece.value;
    lln_copy_bytes(to, from->at, count);
    to += count;
    from->at += count;
    *length += count;
  }
}

/* A container whose items are being read. */
typedef struct level {
  uint64_t items; /* still to come, or of an indefinite one read so far */
  bool is_indefinite;
  bool is_map;
} level;

static bool enter(const reader *from, const head *item, level *inner) {
  inner->is_map = item->major == MAJOR_MAP;
  inner->is_indefinite = item->is_indefinite;
  inner->items = 0;
  if (item->is_indefinite) return true;
  /* Every item takes a byte: what cannot fit is refused before it is counted. */
  if (item->value > bytes_left(from)) return false;
  inner->items = inner->is_map ? 2 * item->value : item->value;
  return true;
}

static void count_item(level *inner) {
  if (inner->is_indefinite)
    inner->items++;
  else
    inner->items--;
}

/* Leaves the containers that are complete. */
static uint32_t leave(const level *levels, uint32_t depth) {
  while (depth > 0 && !levels[depth - 1].is_indefinite && levels[depth - 1].items == 0) depth--;
  return depth;
}

static bool may_end(const level *inner) { return inner->is_indefinite && !(inner->is_map && inner->items % 2 == 1); }

/* Steps over one item, at most `levels_max` levels deep. No recursion: the levels stand in a table. */
static bool skip(reader *from, uint32_t levels_max) {
  level levels[LLN_CBOR_LEVELS_MAX];
  uint32_t depth = 0;
  bool is_tagged = false;
  do {
    head item;
    if (!read_head(from, &item)) return false;
    if (item.major == MAJOR_TAG) {
      is_tagged = true;
      continue;
    }
    if (is_break(&item)) {
      if (is_tagged || depth == 0 || !may_end(&levels[depth - 1])) return false;
      depth = leave(levels, depth - 1);
      continue;
    }
    is_tagged = false;
    if (depth > 0) count_item(&levels[depth - 1]);
    if (item.major == MAJOR_ARRAY || item.major == MAJOR_MAP) {
      if (depth == levels_max || !enter(from, &item, &levels[depth])) return false;
      depth++;
    } else if (item.major == MAJOR_BYTES || item.major == MAJOR_TEXT) {
      const uint8_t *bytes;
      size_t length;
      if (!read_string(from, &item, &bytes, &length)) return false;
    }
    depth = leave(levels, depth);
  } while (depth > 0 || is_tagged);
  return true;
}

static bool read_value(reader *from, lln_field *field) {
  head item;
  if (field->is_given || !read_head(from, &item)) return false;
  const bool is_simple = item.major == MAJOR_SIMPLE && item.is_short;
  if (is_simple && (item.value == SIMPLE_NULL || item.value == SIMPLE_UNDEFINED)) return true;
  field->is_given = true;
  switch (field->kind) {
    case LLN_FIELD_NUMBER:
      field->number = (uint32_t)item.value;
      return item.major == MAJOR_UNSIGNED && item.value <= UINT32_MAX;
    case LLN_FIELD_FLAG:
      field->flag = item.value == SIMPLE_TRUE;
      return is_simple && (item.value == SIMPLE_TRUE || item.value == SIMPLE_FALSE);
    case LLN_FIELD_BYTES: return item.major == MAJOR_BYTES && read_string(from, &item, &field->bytes, &field->length);
    default: return item.major == MAJOR_TEXT && read_string(from, &item, &field->bytes, &field->length);
  }
}

static lln_field *find_field(lln_field *fields, size_t count, const uint8_t *key, size_t length) {
  for (size_t i = 0; i < count; i++) {
    if (lln_text_length(fields[i].key) != length) continue;
    if (lln_are_equal((const uint8_t *)fields[i].key, key, length)) return &fields[i];
  }
  return NULL;
}

bool lln_cbor_read_fields(uint8_t *payload, size_t length, lln_field *fields, size_t count) {
  reader from = {payload, payload + length};
  head map;
  if (!read_head(&from, &map) || map.major != MAJOR_MAP) return false;
  for (uint64_t left = map.value; map.is_indefinite || left > 0; left--) {
    head key;
    if (!read_head(&from, &key)) return false;
    if (map.is_indefinite && is_break(&key)) break;
    const uint8_t *name;
    size_t name_bytes;
    if (key.major != MAJOR_TEXT || !read_string(&from, &key, &name, &name_bytes)) return false;
    lln_field *field = find_field(fields, count, name, name_bytes);
    if (!(field == NULL ? skip(&from, LLN_CBOR_LEVELS_MAX - 1) : read_value(&from, field))) return false;
  }
  return bytes_left(&from) == 0;
}
