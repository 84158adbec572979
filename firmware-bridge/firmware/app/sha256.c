/* FIPS 180-4. */
#include "sha256.h"

#include "bytes.h"

#define LENGTH_AT (LLN_SHA256_BLOCK_BYTES - 8u)

static const uint32_t round_constants[64] = {
    0x428A2F98, 0x71374491, 0xB5C0FBCF, 0xE9B5DBA5, 0x3956C25B, 0x59F111F1, 0x923F82A4, 0xAB1C5ED5,
    0xD807AA98, 0x12835B01, 0x243185BE, 0x550C7DC3, 0x72BE5D74, 0x80DEB1FE, 0x9BDC06A7, 0xC19BF174,
    0xE49B69C1, 0xEFBE4786, 0x0FC19DC6, 0x240CA1CC, 0x2DE92C6F, 0x4A7484AA, 0x5CB0A9DC, 0x76F988DA,
    0x983E5152, 0xA831C66D, 0xB00327C8, 0xBF597FC7, 0xC6E00BF3, 0xD5A79147, 0x06CA6351, 0x14292967,
    0x27B70A85, 0x2E1B2138, 0x4D2C6DFC, 0x53380D13, 0x650A7354, 0x766A0ABB, 0x81C2C92E, 0x92722C85,
    0xA2BFE8A1, 0xA81A664B, 0xC24B8B70, 0xC76C51A3, 0xD192E819, 0xD6990624, 0xF40E3585, 0x106AA070,
    0x19A4C116, 0x1E376C08, 0x2748774C, 0x34B0BCB5, 0x391C0CB3, 0x4ED8AA4A, 0x5B9CCA4F, 0x682E6FF3,
    0x748F82EE, 0x78A5636F, 0x84C87814, 0x8CC70208, 0x90BEFFFA, 0xA4506CEB, 0xBEF9A3F7, 0xC67178F2};

static uint32_t rotate(uint32_t value, uint32_t bits) { return value >> bits | value << (32u - bits); }

static void mix(uint32_t s[8], uint32_t word) {
  const uint32_t choice = (s[4] & s[5]) ^ (~s[4] & s[6]);
  const uint32_t majority = (s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]);
  const uint32_t t1 = s[7] + (rotate(s[4], 6) ^ rotate(s[4], 11) ^ rotate(s[4], 25)) + choice + word;
  const uint32_t t2 = (rotate(s[0], 2) ^ rotate(s[0], 13) ^ rotate(s[0], 22)) + majority;
  for (int i = 7; i > 0; i--) s[i] = s[i - 1];
  s[4] += t1;
  s[0] = t1 + t2;
}

/* The schedule of 64 words is kept as the 16 that are still needed. */
static void compress(uint32_t state[8], const uint8_t block[LLN_SHA256_BLOCK_BYTES]) {
  uint32_t w[16];
  uint32_t s[8];
  for (int i = 0; i < 16; i++) w[i] = lln_get_be32(block + 4 * i);
  for (int i = 0; i < 8; i++) s[i] = state[i];
  for (uint32_t i = 0; i < 64; i++) {
    if (i >= 16) {
      const uint32_t a = w[(i + 1) & 15];
      const uint32_t b = w[(i + 14) & 15];
      w[i & 15] +=
          (rotate(a, 7) ^ rotate(a, 18) ^ a >> 3) + w[(i + 9) & 15] + (rotate(b, 17) ^ rotate(b, 19) ^ b >> 10);
    }
    mix(s, round_constants[i] + w[i & 15]);
  }
  for (int i = 0; i < 8; i++) state[i] += s[i];
}

void lln_sha256_begin(lln_sha256 *hash) {
  static const uint32_t start[8] = {0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A,
                                    0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19};
  for (int i = 0; i < 8; i++) hash->state[i] = start[i];
  hash->bytes = 0;
}

void lln_sha256_add(lln_sha256 *hash, const uint8_t *bytes, size_t count) {
  for (size_t i = 0; i < count; i++) {
    hash->block[hash->bytes++ % LLN_SHA256_BLOCK_BYTES] = bytes[i];
    if (hash->bytes % LLN_SHA256_BLOCK_BYTES == 0) compress(hash->state, hash->block);
  }
}

void lln_sha256_end(lln_sha256 *hash, uint8_t digest[LLN_SHA256_BYTES]) {
  static const uint8_t one = 0x80;
  static const uint8_t zero = 0;
  const uint64_t bits = 8 * hash->bytes;
  lln_sha256_add(hash, &one, 1);
  while (hash->bytes % LLN_SHA256_BLOCK_BYTES != LENGTH_AT) lln_sha256_add(hash, &zero, 1);
  uint8_t length[8];
  lln_put_be32(length, (uint32_t)(bits >> 32));
  lln_put_be32(length + 4, (uint32_t)bits);
  lln_sha256_add(hash, length, sizeof length);
  for (int i = 0; i < 8; i++) lln_put_be32(digest + 4 * i, hash->state[i]);
}
