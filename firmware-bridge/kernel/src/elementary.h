/*
 * Elementary functions without branches, so that loops over them vectorise. Largest errors, measured against double
 * (kernel/test/test_elementary.c): see docs/decisions/0003-kernel-arithmetic.md. NaN gives NaN.
 */
#ifndef LLN_ELEMENTARY_H
#define LLN_ELEMENTARY_H

#include "arithmetic.h"

/* Adding and subtracting 1.5 * 2^23 rounds to the nearest integer, and leaves it in the low bits. */
#define LLN_ROUNDER 12582912.0f

/* x = n ln 2 + r with |r| <= ln 2 / 2: `power` is n as an integer modulo 2^32, `tail` is e^r - 1. */
typedef struct lln_reduced {
  uint32_t power;
  float tail;
} lln_reduced;

static inline lln_reduced lln_reduce(float x) {
  const float shifted = lln_fmaf(x, 1.44269502f, LLN_ROUNDER);
  const float n = shifted - LLN_ROUNDER;
  /* ln 2 in two parts: the first has few enough bits that n * part is exact. */
  const float r = lln_fmaf(n, -1.42860677e-06f, lln_fmaf(n, -0.693145752f, x));
  float p = 0.00139465486f;
  p = lln_fmaf(p, r, 0.00836663973f);
  p = lln_fmaf(p, r, 0.0416662805f);
  p = lln_fmaf(p, r, 0.16666542f);
  p = lln_fmaf(p, r, 0.5f);
  const lln_reduced reduced = {lln_bits_of(shifted) - 0x4B400000u, lln_fmaf(r * r, p, r)};
  return reduced;
}

/* e^x. Overflows to infinity above 88.72, underflows through the denormals to 0 below -103.97. */
static inline float lln_exp(float x) {
  const float below = x > 89.0f ? 89.0f : x;
  const lln_reduced reduced = lln_reduce(below < -104.0f ? -104.0f : below);
  /* 2^n in two factors: n reaches beyond the exponents of normal numbers. */
  const uint32_t biased = reduced.power + 254u;
  const uint32_t half = biased >> 1;
  const float first = lln_float_of(half << 23);
  const float second = lln_float_of((biased - half) << 23);
  return (1.0f + reduced.tail) * first * second;
}

/* tanh x = -m / (m + 2) with m = e^(-2 |x|) - 1, which is exact enough near 0 without a case of its own. */
static inline float lln_tanh(float x) {
  const float magnitude = lln_abs(x);
  const lln_reduced reduced = lln_reduce(-2.0f * (magnitude > 10.0f ? 10.0f : magnitude));
  const float scale = lln_float_of((reduced.power + 127u) << 23);
  const float m = lln_fmaf(scale, reduced.tail, scale - 1.0f);
  return lln_copy_sign(m / (m + 2.0f), x);
}

/* 1 / (1 + e^-x), from e^-|x| so that small results keep their digits. */
static inline float lln_sigmoid(float x) {
  const float decay = lln_exp(-lln_abs(x));
  return (x < 0.0f ? decay : 1.0f) / (1.0f + decay);
}

/*
 * The normal distribution's cumulative function, (1 + erf(x / sqrt 2)) / 2, for GELU. Its tail is
 * e^(-z^2 / 2) R((z - 2) / (z + 2)) with z = |x| and a polynomial R.
 */
static inline float lln_normal_cdf(float x) {
  const float magnitude = lln_abs(x);
  const float z = magnitude > 15.0f ? 15.0f : magnitude;
  const float u = (z - 2.0f) / (z + 2.0f);
  float p = -3.80871134e-05f;
  p = lln_fmaf(p, u, -0.000135750219f);
  p = lln_fmaf(p, u, -2.32889033e-05f);
  p = lln_fmaf(p, u, 0.00066552707f);
  p = lln_fmaf(p, u, 0.00120712956f);
  p = lln_fmaf(p, u, -0.00155752967f);
  p = lln_fmaf(p, u, -0.00929980818f);
  p = lln_fmaf(p, u, 0.00197945791f);
  p = lln_fmaf(p, u, 0.0900506824f);
  p = lln_fmaf(p, u, -0.250953078f);
  p = lln_fmaf(p, u, 0.168101996f);
  /* z^2 in two parts, or its rounding would be the error of the whole. */
  const float square = z * z;
  const float rest = lln_fmaf(z, z, -square);
  const float bell = lln_exp(-0.5f * square);
  const float tail = p * lln_fmaf(-0.5f * rest, bell, bell);
  return x < 0.0f ? tail : 1.0f - tail;
}

#endif
