/*
 * Everything that must give the same bits on every target, as one digest: reference networks over their sequences, then
 * several sessions of each as batches, and the elementary functions over a list of arguments. Freestanding, so that it
 * runs on a bare board.
 *
 * The data file (test/support/identity-data.ts writes it; little-endian, everything aligned to 32 bytes):
 *   u32 magic, u32 sets, u32 arguments, zeros
 *   for each set: u32 image bytes, u32 steps, u32 state floats, u32 input floats, zeros; image; initial state; time
 *   steps; inputs
 *   f32 arguments
 */
#ifndef LLN_TEST_IDENTITY_H
#define LLN_TEST_IDENTITY_H

#include <stddef.h>
#include <stdint.h>

#include "../../include/lln/lln.h"

#define LLN_IDENTITY_MAGIC 0x4449494Cu

typedef struct lln_digest {
  uint64_t fnv; /* FNV-1a over bytes */
  uint32_t crc; /* CRC-32 of zlib */
  uint32_t words;
} lln_digest;

/* A NaN counts as 0x7FC00000. */
void lln_digest_values(lln_digest *digest, const float *values, size_t count);

/* Returns NULL, or what is wrong. `data` is aligned to 32 bytes. */
const char *lln_identity(const unsigned char *data, size_t length, lln_digest *digest);

/* "crc fnv words" in hexadecimal, and a line feed: 36 characters and a zero. */
void lln_format_digest(const lln_digest *digest, char text[37]);

#endif
