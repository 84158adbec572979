#ifndef LLN_APP_SHA256_H
#define LLN_APP_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define LLN_SHA256_BYTES 32u
#define LLN_SHA256_BLOCK_BYTES 64u

typedef struct lln_sha256 {
  uint32_t state[8];
  uint64_t bytes;
  uint8_t block[LLN_SHA256_BLOCK_BYTES];
} lln_sha256;

void lln_sha256_begin(lln_sha256 *hash);
void lln_sha256_add(lln_sha256 *hash, const uint8_t *bytes, size_t count);
/* Afterwards `hash` must begin anew. */
void lln_sha256_end(lln_sha256 *hash, uint8_t digest[LLN_SHA256_BYTES]);

#endif
