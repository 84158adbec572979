/* Frames, checksums, base64 and CBOR: what must be read and what must be refused. */
#include <string.h>

#include "base64.h"
#include "cbor_reader.h"
#include "cbor_writer.h"
#include "crc16.h"
#include "frame.h"
#include "require.h"

static uint32_t seed = 1;

static uint32_t next_random(void) {
  seed = seed * 1664525u + 1013904223u;
  return seed >> 8;
}

static void test_crc16(void) {
  REQUIRE(lln_crc16(0, (const uint8_t *)"123456789", 9) == 0x31C3);
  REQUIRE(lln_crc16(lln_crc16(0, (const uint8_t *)"1234", 4), (const uint8_t *)"56789", 5) == 0x31C3);
}

/* RFC 4648, 10. */
static void test_base64(void) {
  static const char *const pairs[][2] = {
      {"",       ""        },
      {"f",      "Zg=="    },
      {"fo",     "Zm8="    },
      {"foo",    "Zm9v"    },
      {"foob",   "Zm9vYg=="},
      {"fooba",  "Zm9vYmE="},
      {"foobar", "Zm9vYmFy"}
  };
  for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
    uint8_t text[16];
    uint8_t bytes[16];
    bool is_valid;
    const size_t length = lln_base64_encode((const uint8_t *)pairs[i][0], strlen(pairs[i][0]), text);
    REQUIRE(length == strlen(pairs[i][1]) && memcmp(text, pairs[i][1], length) == 0);
    REQUIRE(lln_base64_decode(text, length, bytes, &is_valid) == strlen(pairs[i][0]) && is_valid);
    REQUIRE(memcmp(bytes, pairs[i][0], strlen(pairs[i][0])) == 0);
  }
  static const char *const bad[] = {"Zg=", "Zg", "Z===", "====", "Zg==Zg==", "Zm9 ", "Zm9v\n", "Z=9v", "Zh==", "Zm9="};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    uint8_t bytes[16];
    bool is_valid;
    lln_base64_decode((const uint8_t *)bad[i], strlen(bad[i]), bytes, &is_valid);
    REQUIRE(!is_valid);
  }
}

static lln_frame_decoder decoder;
static uint8_t packet[LLN_PACKET_BYTES_MAX];
static uint8_t wire[8192];

/* The lines of a message of `length` random bytes; they go to `wire`. */
static size_t make_frame(size_t length) {
  for (size_t i = 0; i < length; i++) packet[LLN_PACKET_AROUND_BYTES + i] = (uint8_t)next_random();
  const size_t packet_bytes = lln_frame_seal(packet, length);
  return lln_frame_encode(packet, packet_bytes, wire);
}

/* How many messages come out; the last one's length goes to `length`. */
static uint32_t feed(const uint8_t *bytes, size_t count, size_t *length) {
  uint32_t messages = 0;
  for (size_t at = 0; at < count;) {
    size_t found;
    at += lln_frame_feed(&decoder, bytes + at, count - at, &found);
    if (found == 0) continue;
    messages++;
    *length = found;
  }
  return messages;
}

static void require_message(size_t length, size_t found) {
  REQUIRE(found == length);
  REQUIRE(memcmp(lln_frame_message(&decoder), packet + LLN_PACKET_AROUND_BYTES, length) == 0);
}

static void test_frames_of_all_sizes(void) {
  lln_frame_begin(&decoder);
  for (size_t length = 8; length <= LLN_MESSAGE_BYTES_MAX; length += length < 300 ? 1 : 97) {
    size_t found = 0;
    const size_t count = make_frame(length);
    REQUIRE(feed(wire, count, &found) == 1);
    require_message(length, found);
  }
  REQUIRE(decoder.bad == 0);
}

/* After anything at all, the next whole frame is read. */
static void test_resynchronisation(void) {
  uint8_t noise[64];
  lln_frame_begin(&decoder);
  for (uint32_t round = 0; round < 20000; round++) {
    const size_t count = next_random() % sizeof noise;
    static const uint8_t likely[] = {0x06, 0x09, 0x04, 0x14, 0x0A, 'A', 'B', '=', 0x00, 0xFF};
    size_t found = 0;
    for (size_t i = 0; i < count; i++) noise[i] = likely[next_random() % sizeof likely];
    feed(noise, count, &found);
    const size_t length = 8 + next_random() % 200;
    const size_t frame_bytes = make_frame(length);
    REQUIRE(feed(wire, frame_bytes, &found) == 1);
    require_message(length, found);
  }
}

/* A bit that flips costs one packet, and is noticed when the next one begins at the latest. */
static void test_damaged_frames(void) {
  size_t found = 0;
  lln_frame_begin(&decoder);
  for (uint32_t round = 0; round < 5000; round++) {
    const uint32_t bad = decoder.bad;
    const size_t count = make_frame(8 + next_random() % 400);
    const size_t at = next_random() % count;
    wire[at] = (uint8_t)(wire[at] ^ (1u << next_random() % 8));
    REQUIRE(feed(wire, count, &found) == 0);
    feed((const uint8_t *)"\n", 1, &found);
    REQUIRE(feed(wire, make_frame(20), &found) == 1);
    /* A single line without its beginning is only noise. */
    REQUIRE(decoder.bad > bad || (at < 2 && count <= LLN_LINE_BYTES));
  }
}

static void test_interrupted_frames(void) {
  size_t found = 0;
  lln_frame_begin(&decoder);
  feed((const uint8_t *)"\x04\x14QUJD\n\x04\x14QUJD\n", 14, &found);
  REQUIRE(decoder.bad == 1);
  const size_t count = make_frame(300);
  REQUIRE(feed(wire, 127, &found) == 0 && decoder.bad == 1);
  REQUIRE(feed(wire, count, &found) == 1 && decoder.bad == 2);
  REQUIRE(feed((const uint8_t *)"no line\r\n", 9, &found) == 0 && decoder.bad == 2);
  /* Longer than any message may be: counted once, and its continuations not again. */
  feed((const uint8_t *)"\x06\x09//8A\n\x04\x14QUJD\n", 14, &found);
  REQUIRE(decoder.bad == 3);
  REQUIRE(feed(wire, make_frame(8), &found) == 1 && decoder.bad == 3);
}

typedef struct cbor_case {
  const char *bytes;
  size_t length;
  bool is_valid;
} cbor_case;

#define CASE(text, valid) \
  { text, sizeof(text) - 1, valid }

/* The fields are a number n, a flag f, bytes b and a text t. */
static bool read_case(const char *bytes, size_t length, lln_field fields[4]) {
  static uint8_t copy[512];
  const lln_field wanted[4] = {LLN_FIELD("n", LLN_FIELD_NUMBER), LLN_FIELD("f", LLN_FIELD_FLAG),
                               LLN_FIELD("b", LLN_FIELD_BYTES), LLN_FIELD("t", LLN_FIELD_TEXT)};
  memcpy(fields, wanted, sizeof wanted);
  memcpy(copy, bytes, length);
  return lln_cbor_read_fields(copy, length, fields, 4);
}

static void test_cbor_validity(void) {
  static const cbor_case cases[] = {
      CASE("\xA0", true), CASE("\xBF\xFF", true), CASE("", false), CASE("\xA0\x00", false), CASE("\xA1", false),
      CASE("\x80", false), CASE("\xBF", false), CASE("\xFF", false), CASE("\xA1\x01\x01", false),
      CASE("\xA1\x61n\x01", true), CASE("\xA1\x61n\x1A\xFF\xFF\xFF\xFF", true),
      CASE("\xA1\x61n\x1B\0\0\0\1\0\0\0\0", false), CASE("\xA1\x61n\x20", false), CASE("\xA1\x61n\x61x", false),
      CASE("\xA2\x61n\x01\x61n\x02", false), CASE("\xA1\x61n\xF6", true), CASE("\xA1\x61n\xF7", true),
      CASE("\xA1\x61n\xF5", false),
      CASE("\xA1\x61"
           "f\xF5",
           true),
      CASE("\xA1\x61"
           "f\xF8\x15",
           false),
      CASE("\xA1\x61"
           "b\x42"
           "ab",
           true),
      CASE("\xA1\x61"
           "b\x43"
           "ab",
           false),
      CASE("\xA1\x61"
           "b\x62"
           "ab",
           false),
      CASE("\xA1\x61"
           "b\x5F\x41"
           "a\x41"
           "b\xFF",
           true),
      CASE("\xA1\x61"
           "b\x5F\x61"
           "a\xFF",
           false),
      CASE("\xA1\x61"
           "b\x5F\x5F\xFF\xFF",
           false),
      CASE("\xA1\x61"
           "b\x5F\x41",
           false),
      CASE("\xA1\x61"
           "b\x5B\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF",
           false),
      CASE("\xBF\x7F\x61n\xFF\x05\xFF", true), CASE("\xBF\x61n\xFF", false),
      /* unknown keys: every kind of value, and what is no value */
      CASE("\xA1\x61x\x9F\x01\x82\x02\x03\xFF", true), CASE("\xA1\x61x\xBF\x01\x02\xFF", true),
      CASE("\xA1\x61x\xBF\x01\xFF", false), CASE("\xA1\x61x\xC1\x01", true), CASE("\xA1\x61x\xC1", false),
      CASE("\xA1\x61x\x9F\xC1\xFF", false), CASE("\xA1\x61x\xFB\0\0\0\0\0\0\0\0", true), CASE("\xA1\x61x\xFC", false),
      CASE("\xA1\x61x\x1F", false), CASE("\xA1\x61x\xDF", false),
      CASE("\xA1\x61x\x9B\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", false), CASE("\xA1\x61x\xBB\x80\0\0\0\0\0\0\0", false),
      /* the map and seven levels in it, and one more */
      CASE("\xA1\x61x\x81\x81\x81\x81\x81\x81\x81\x01", true),
      CASE("\xA1\x61x\x81\x81\x81\x81\x81\x81\x81\x81\x01", false),
      CASE("\xA1\x61x\x81\x81\x81\x81\x81\x81\x81\x80", false)};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    lln_field fields[4];
    if (read_case(cases[i].bytes, cases[i].length, fields) != cases[i].is_valid) {
      fprintf(stderr, "CBOR case %zu\n", i);
      abort();
    }
  }
}

static void test_cbor_values(void) {
  lln_field fields[4];
  static const char all[] = "\xA4\x61n\x19\x01\x02\x61"
                            "f\xF4\x61"
                            "b\x5F\x42"
                            "ab\x40\x42"
                            "cd\xFF\x61t\x63xyz";
  REQUIRE(read_case(all, sizeof all - 1, fields));
  REQUIRE(fields[0].is_given && fields[0].number == 258);
  REQUIRE(fields[1].is_given && !fields[1].flag);
  REQUIRE(fields[2].length == 4 && memcmp(fields[2].bytes, "abcd", 4) == 0);
  REQUIRE(fields[3].length == 3 && memcmp(fields[3].bytes, "xyz", 3) == 0);
  REQUIRE(read_case("\xA1\x61n\xF6", 4, fields) && !fields[0].is_given);
}

static void require_written(const lln_cbor_writer *writer, const char *bytes, size_t length) {
  REQUIRE(!writer->has_failed && lln_cbor_length(writer) == length && memcmp(writer->begin, bytes, length) == 0);
}

static void test_cbor_writer(void) {
  uint8_t room[64];
  lln_cbor_writer writer;
  lln_cbor_begin(&writer, room, sizeof room);
  lln_cbor_open_map(&writer);
  lln_cbor_put_number(&writer, "a", 24);
  lln_cbor_put_signed(&writer, "b", -1250);
  lln_cbor_key(&writer, "c");
  lln_cbor_array(&writer, 2);
  lln_cbor_number(&writer, 0x123456789Au);
  lln_cbor_open_map(&writer);
  lln_cbor_put_flag(&writer, "d", true);
  lln_cbor_close_map(&writer);
  lln_cbor_close_map(&writer);
  static const char expected[] = "\xA3\x61"
                                 "a\x18\x18\x61"
                                 "b\x39\x04\xE1\x61"
                                 "c\x82\x1B\0\0\0\x12\x34\x56\x78\x9A\xA1\x61"
                                 "d\xF5";
  require_written(&writer, expected, sizeof expected - 1);
  for (size_t size = 0; size < sizeof expected - 1; size++) {
    memset(room, 0xEE, sizeof room);
    lln_cbor_begin(&writer, room, size);
    lln_cbor_open_map(&writer);
    lln_cbor_put_text(&writer, "text", "longer than the room that there is for it");
    lln_cbor_close_map(&writer);
    REQUIRE(writer.has_failed && room[size] == 0xEE && lln_cbor_reserve_bytes(&writer, 1) == NULL);
  }
}

int main(void) {
  test_crc16();
  test_base64();
  test_frames_of_all_sizes();
  test_resynchronisation();
  test_damaged_frames();
  test_interrupted_frames();
  test_cbor_validity();
  test_cbor_values();
  test_cbor_writer();
  printf("wire: passed\n");
  return 0;
}
