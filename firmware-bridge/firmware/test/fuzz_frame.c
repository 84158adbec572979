/* A libFuzzer target: any bytes on the line. What comes out is a message; the next whole frame is always read. */
#include <string.h>

#include "frame.h"
#include "require.h"
#include "smp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static lln_frame_decoder decoder;

static void feed(const uint8_t *bytes, size_t count, size_t *last) {
  for (size_t at = 0; at < count;) {
    size_t length;
    const size_t taken = lln_frame_feed(&decoder, bytes + at, count - at, &length);
    REQUIRE(taken > 0 && taken <= count - at);
    REQUIRE(length == 0 || (length >= LLN_SMP_HEADER_BYTES && length <= LLN_MESSAGE_BYTES_MAX));
    at += taken;
    *last = length;
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  uint8_t packet[2 * LLN_PACKET_AROUND_BYTES + LLN_SMP_HEADER_BYTES] = {0};
  uint8_t line[LLN_LINE_BYTES];
  size_t last = 0;
  lln_frame_begin(&decoder);
  feed(data, size, &last);
  const size_t packet_bytes = lln_frame_seal(packet, LLN_SMP_HEADER_BYTES);
  feed(line, lln_frame_encode(packet, packet_bytes, line), &last);
  REQUIRE(last == LLN_SMP_HEADER_BYTES);
  return 0;
}
