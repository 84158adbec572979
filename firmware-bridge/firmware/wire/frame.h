/* Messages on a serial line (docs/spec/board.md, 1). */
#ifndef LLN_WIRE_FRAME_H
#define LLN_WIRE_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LLN_MESSAGE_BYTES_MAX 4096u
/* In front of a message its length, behind it its checksum. */
#define LLN_PACKET_AROUND_BYTES 2u
#define LLN_PACKET_BYTES_MAX (LLN_PACKET_AROUND_BYTES + LLN_MESSAGE_BYTES_MAX + LLN_PACKET_AROUND_BYTES)
/* Base64 characters of a line, and all of its bytes: two in front, one behind. */
#define LLN_LINE_CHARACTERS 124u
#define LLN_LINE_BYTES (LLN_LINE_CHARACTERS + 3u)
#define LLN_LINE_PACKET_BYTES (LLN_LINE_CHARACTERS / 4u * 3u)
/* All lines of the longest packet. */
#define LLN_FRAME_BYTES_MAX \
  ((LLN_PACKET_BYTES_MAX + LLN_LINE_PACKET_BYTES - 1u) / LLN_LINE_PACKET_BYTES * LLN_LINE_BYTES)

typedef struct lln_frame_decoder {
  uint8_t packet[LLN_PACKET_BYTES_MAX];
  uint8_t line[LLN_LINE_CHARACTERS];
  size_t packet_bytes;
  size_t line_characters;
  uint8_t state;
  uint8_t first;       /* what the line began with */
  bool is_open;        /* a packet has begun and waits for more */
  bool is_discarding;  /* the rest of a bad packet; it is counted already */
  uint32_t bytes_seen; /* since the decoder began */
  uint32_t bad;        /* lines and packets thrown away */
} lln_frame_decoder;

void lln_frame_begin(lln_frame_decoder *decoder);

/*
 * Takes bytes of the line until a message is complete; returns how many. The message, of `*length` bytes (0 if there is
 * none yet), is lln_frame_message; it stays until the next call.
 */
size_t lln_frame_feed(lln_frame_decoder *decoder, const uint8_t *bytes, size_t count, size_t *length);

static inline uint8_t *lln_frame_message(lln_frame_decoder *decoder) {
  return decoder->packet + LLN_PACKET_AROUND_BYTES;
}

/*
 * Completes a packet whose message, of `length` bytes, stands at packet + LLN_PACKET_AROUND_BYTES. Returns its length.
 * There is room for the checksum behind the message.
 */
size_t lln_frame_seal(uint8_t *packet, size_t length);

/* Writes all lines of a sealed packet, at most LLN_FRAME_BYTES_MAX bytes. Returns how many. */
size_t lln_frame_encode(const uint8_t *packet, size_t packet_bytes, uint8_t *lines);

#endif
