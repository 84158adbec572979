#ifndef LLN_WIRE_BASE64_H
#define LLN_WIRE_BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether a byte may stand in base64 text; '=' included. */
bool lln_is_base64(uint8_t byte);

/* Characters that `count` bytes take, with padding. */
static inline size_t lln_base64_length(size_t count) { return (count + 2) / 3 * 4; }

/* Writes lln_base64_length(count) characters. */
size_t lln_base64_encode(const uint8_t *bytes, size_t count, uint8_t *text);

/*
 * Decodes whole groups of four, padding only at the end, no bits left over. Returns the bytes written, at most 3 for
 * every 4 characters; false in `is_valid`, and nothing usable, for anything else.
 */
size_t lln_base64_decode(const uint8_t *text, size_t length, uint8_t *bytes, bool *is_valid);

#endif
