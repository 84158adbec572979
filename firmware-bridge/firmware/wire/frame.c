#include "frame.h"

#include "base64.h"
#include "bytes.h"
#include "crc16.h"
#include "smp.h"

#define FIRST_1 0x06u
#define FIRST_2 0x09u
#define NEXT_1 0x04u
#define NEXT_2 0x14u
#define LINE_END 0x0Au

enum { OUTSIDE, MARKED, INSIDE };

void lln_frame_begin(lln_frame_decoder *decoder) {
  decoder->packet_bytes = 0;
  decoder->line_characters = 0;
  decoder->state = OUTSIDE;
  decoder->first = 0;
  decoder->is_open = false;
  decoder->is_discarding = false;
  decoder->bytes_seen = 0;
  decoder->bad = 0;
}

static void discard(lln_frame_decoder *decoder) {
  if (!decoder->is_discarding) decoder->bad++;
  decoder->is_open = false;
  decoder->is_discarding = true;
}

/* Whether the packet is complete; bad ones are thrown away. */
static bool check_packet(lln_frame_decoder *decoder) {
  if (decoder->packet_bytes < LLN_PACKET_AROUND_BYTES) return false;
  const size_t behind = lln_get_be16(decoder->packet);
  const size_t whole = LLN_PACKET_AROUND_BYTES + behind;
  if (behind < LLN_SMP_HEADER_BYTES + LLN_PACKET_AROUND_BYTES || whole > LLN_PACKET_BYTES_MAX ||
      decoder->packet_bytes > whole) {
    discard(decoder);
    return false;
  }
  if (decoder->packet_bytes < whole) return false;
  const size_t message_bytes = behind - LLN_PACKET_AROUND_BYTES;
  const uint8_t *message = lln_frame_message(decoder);
  if (lln_crc16(0, message, message_bytes) != lln_get_be16(message + message_bytes)) {
    discard(decoder);
    return false;
  }
  decoder->is_open = false;
  return true;
}

static bool end_line(lln_frame_decoder *decoder) {
  uint8_t bytes[LLN_LINE_PACKET_BYTES];
  bool is_valid;
  const size_t count = lln_base64_decode(decoder->line, decoder->line_characters, bytes, &is_valid);
  if (decoder->first == FIRST_1) {
    if (decoder->is_open) discard(decoder);
    decoder->is_open = true;
    decoder->is_discarding = false;
    decoder->packet_bytes = 0;
  }
  if (!is_valid || !decoder->is_open || decoder->packet_bytes + count > LLN_PACKET_BYTES_MAX) {
    discard(decoder);
    return false;
  }
  lln_copy_bytes(decoder->packet + decoder->packet_bytes, bytes, count);
  decoder->packet_bytes += count;
  return check_packet(decoder);
}

/* A line may begin with any byte that cannot be in one, so that what follows a broken line is not lost with it. */
static void begin_line(lln_frame_decoder *decoder, uint8_t byte) {
  decoder->state = byte == FIRST_1 || byte == NEXT_1 ? MARKED : OUTSIDE;
  decoder->first = byte;
}

static bool take_inside(lln_frame_decoder *decoder, uint8_t byte) {
  if (byte == LINE_END) {
    decoder->state = OUTSIDE;
    return end_line(decoder);
  }
  if (lln_is_base64(byte) && decoder->line_characters < LLN_LINE_CHARACTERS) {
    decoder->line[decoder->line_characters++] = byte;
    return false;
  }
  /* A broken beginning is a packet of its own, and interrupts the one before. */
  if (decoder->first == FIRST_1) decoder->is_discarding = false;
  discard(decoder);
  begin_line(decoder, byte);
  return false;
}

static bool take(lln_frame_decoder *decoder, uint8_t byte) {
  if (decoder->state == INSIDE) return take_inside(decoder, byte);
  if (decoder->state == MARKED && byte == (decoder->first == FIRST_1 ? FIRST_2 : NEXT_2)) {
    decoder->state = INSIDE;
    decoder->line_characters = 0;
    return false;
  }
  begin_line(decoder, byte);
  return false;
}

size_t lln_frame_feed(lln_frame_decoder *decoder, const uint8_t *bytes, size_t count, size_t *length) {
  *length = 0;
  for (size_t i = 0; i < count; i++) {
    decoder->bytes_seen++;
    if (take(decoder, bytes[i])) {
      *length = lln_get_be16(decoder->packet) - (size_t)LLN_PACKET_AROUND_BYTES;
      return i + 1;
    }
  }
  return count;
}

size_t lln_frame_seal(uint8_t *packet, size_t length) {
  uint8_t *message = packet + LLN_PACKET_AROUND_BYTES;
  lln_put_be16(packet, (uint32_t)length + LLN_PACKET_AROUND_BYTES);
  lln_put_be16(message + length, lln_crc16(0, message, length));
  return length + 2 * LLN_PACKET_AROUND_BYTES;
}

/* The line that begins at byte `at` of the packet. Returns its length. */
static size_t encode_line(const uint8_t *packet, size_t packet_bytes, size_t at, uint8_t *line) {
  const size_t left = packet_bytes - at;
  const size_t count = left < LLN_LINE_PACKET_BYTES ? left : LLN_LINE_PACKET_BYTES;
  line[0] = at == 0 ? FIRST_1 : NEXT_1;
  line[1] = at == 0 ? FIRST_2 : NEXT_2;
  const size_t characters = lln_base64_encode(packet + at, count, line + 2);
  line[2 + characters] = LINE_END;
  return characters + 3;
}

size_t lln_frame_encode(const uint8_t *packet, size_t packet_bytes, uint8_t *lines) {
  size_t count = 0;
  for (size_t at = 0; at < packet_bytes; at += LLN_LINE_PACKET_BYTES) {
    count += encode_line(packet, packet_bytes, at, lines + count);
  }
  return count;
}
