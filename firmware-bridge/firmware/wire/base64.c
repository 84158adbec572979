#include "base64.h"

#define PADDING '='
#define NO_DIGIT 64u

static uint32_t digit_of(uint8_t byte) {
  if (byte >= 'A' && byte <= 'Z') return byte - (uint32_t)'A';
  if (byte >= 'a' && byte <= 'z') return byte - (uint32_t)'a' + 26u;
  if (byte >= '0' && byte <= '9') return byte - (uint32_t)'0' + 52u;
  if (byte == '+') return 62u;
  return byte == '/' ? 63u : NO_DIGIT;
}

static uint8_t character_of(uint32_t digit) {
  static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  return (uint8_t)alphabet[digit & 63u];
}

bool lln_is_base64(uint8_t byte) { return byte == PADDING || digit_of(byte) != NO_DIGIT; }

size_t lln_base64_encode(const uint8_t *bytes, size_t count, uint8_t *text) {
  size_t length = 0;
  for (size_t i = 0; i < count; i += 3) {
    const size_t left = count - i;
    const uint32_t group = (uint32_t)bytes[i] << 16 | (left > 1 ? (uint32_t)bytes[i + 1] << 8 : 0u) |
                           (left > 2 ? (uint32_t)bytes[i + 2] : 0u);
    text[length++] = character_of(group >> 18);
    text[length++] = character_of(group >> 12);
    text[length++] = left > 1 ? character_of(group >> 6) : (uint8_t)PADDING;
    text[length++] = left > 2 ? character_of(group) : (uint8_t)PADDING;
  }
  return length;
}

size_t lln_base64_decode(const uint8_t *text, size_t length, uint8_t *bytes, bool *is_valid) {
  size_t count = 0;
  *is_valid = length % 4 == 0;
  for (size_t i = 0; *is_valid && i < length; i += 4) {
    size_t digits = 4;
    if (i + 4 == length) {
      while (digits > 2 && text[i + digits - 1] == PADDING) digits--;
    }
    uint32_t group = 0;
    for (size_t k = 0; k < 4; k++) {
      const uint32_t digit = k < digits ? digit_of(text[i + k]) : 0u;
      if (digit == NO_DIGIT) *is_valid = false;
      group = group << 6 | (digit & 63u);
    }
    /* Of the last digit's bits some belong to no byte. */
    if ((group & ((1u << (8 * (4 - digits))) - 1u)) != 0) *is_valid = false;
    for (size_t k = 0; k + 1 < digits; k++) bytes[count++] = (uint8_t)(group >> (16 - 8 * k));
  }
  return count;
}
