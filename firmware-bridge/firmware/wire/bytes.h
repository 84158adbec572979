/* Numbers in bytes, whatever the processor's order and alignment. */
#ifndef LLN_WIRE_BYTES_H
#define LLN_WIRE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline uint16_t lln_get_be16(const uint8_t *at) { return (uint16_t)((uint32_t)at[0] << 8 | at[1]); }

static inline void lln_put_be16(uint8_t *at, uint32_t value) {
  at[0] = (uint8_t)(value >> 8);
  at[1] = (uint8_t)value;
}

static inline uint32_t lln_get_be32(const uint8_t *at) {
  return (uint32_t)lln_get_be16(at) << 16 | lln_get_be16(at + 2);
}

static inline void lln_put_be32(uint8_t *at, uint32_t value) {
  lln_put_be16(at, value >> 16);
  lln_put_be16(at + 2, value);
}

static inline uint16_t lln_get_le16(const uint8_t *at) { return (uint16_t)(at[0] | (uint32_t)at[1] << 8); }

static inline uint32_t lln_get_le32(const uint8_t *at) {
  return (uint32_t)lln_get_le16(at) | (uint32_t)lln_get_le16(at + 2) << 16;
}

static inline void lln_put_le32(uint8_t *at, uint32_t value) {
  for (int i = 0; i < 4; i++) at[i] = (uint8_t)(value >> (8 * i));
}

static inline void lln_copy_bytes(uint8_t *to, const uint8_t *from, size_t count) {
  for (size_t i = 0; i < count; i++) to[i] = from[i];
}

static inline void lln_fill_bytes(uint8_t *to, uint8_t value, size_t count) {
  for (size_t i = 0; i < count; i++) to[i] = value;
}

static inline bool lln_are_equal(const uint8_t *a, const uint8_t *b, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (a[i] != b[i]) return false;
  }
  return true;
}

static inline size_t lln_text_length(const char *text) {
  size_t length = 0;
  while (text[length] != '\0') length++;
  return length;
}

#endif
