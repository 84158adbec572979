/*
 * Elementary functions without branches, so that loops over them vectorise. Decision 0003 has the largest errors over
 * all floats, below 2.9 ulp, and what infinities, zeros and NaN give (kernel/test/test_elementary.c checks both).
 */
#ifndef LLN_ELEMENTARY_H
#define LLN_ELEMENTARY_H

#include "arithmetic.h"

/* Adding and subtracting 1.5 * 2^23 rounds to the nearest integer, and leaves it in the low bits. */
#define LLN_ROUNDER 12582912.0f

/*
 * x = n ln 2 + r with |r| <= ln 2 / 2: `power` is n as an integer modulo 2^32, `tail` is e^r - 1, `curve` is
 * (e^r - 1 - r) / r^2, `rest` is what the rounding of r lost.
 */
typedef struct lln_reduced {
  uint32_t power;
  float tail;
  float r;
  float curve;
  float rest;
} lln_reduced;

static inline lln_reduced lln_reduce(float x) {
  const float shifted = lln_fmaf(x, 1.44269502f, LLN_ROUNDER);
  const float n = shifted - LLN_ROUNDER;
  /* ln 2 in two parts: the first has few enough bits that n * part is exact. */
  const float most = lln_fmaf(n, -0.693145752f, x);
  const float r = lln_fmaf(n, -1.42860677e-06f, most);
  float p = 0.00139465486f;
  p = lln_fmaf(p, r, 0.00836663973f);
  p = lln_fmaf(p, r, 0.0416662805f);
  p = lln_fmaf(p, r, 0.16666542f);
  p = lln_fmaf(p, r, 0.5f);
  const lln_reduced reduced = {
      .power = lln_bits_of(shifted) - 0x4B400000u,
      .tail = lln_fmaf(r * r, p, r),
      .r = r,
      .curve = p,
      .rest = lln_fmaf(n, -1.42860677e-06f, most - r),
  };
  return reduced;
}

/* value * 2^n. The power comes in two factors: n reaches beyond the exponents of normal numbers. */
static inline float lln_times_power(float value, uint32_t n) {
  const uint32_t biased = n + 254u;
  const uint32_t half = biased >> 1;
  const float first = lln_float_of(half << 23);
  const float second = lln_float_of((biased - half) << 23);
  return value * first * second;
}

/* e^x for x that is at most 89: above, the power would leave what lln_times_power can express. */
static inline float lln_exp_below(float x) {
  const lln_reduced reduced = lln_reduce(x < -104.0f ? -104.0f : x);
  return lln_times_power(1.0f + reduced.tail, reduced.power);
}

/* e^x. Overflows to infinity above 88.72, underflows through the denormals to 0 below -103.97. */
static inline float lln_exp(float x) { return lln_exp_below(x > 89.0f ? 89.0f : x); }

/*
 * tanh x = -m / (m + 2) with m = e^(-2 |x|) - 1, which is exact enough near 0 without a case of its own. What the
 * rounding of m and of m + 2 lost is put back into the quotient.
 */
static inline float lln_tanh(float x) {
  const float magnitude = lln_abs(x);
  const lln_reduced reduced = lln_reduce(-2.0f * (magnitude > 10.0f ? 10.0f : magnitude));
  const float scale = lln_float_of((reduced.power + 127u) << 23);
  const float base = scale - 1.0f;
  const float m = lln_fmaf(scale, reduced.tail, base);
  const float m_rest = lln_fmaf(scale, reduced.tail, base - m);
  const float divisor = m + 2.0f;
  const float divisor_rest = (m - (divisor - 2.0f)) + m_rest;
  const float inverse = 1.0f / divisor;
  const float quotient = -m * inverse;
  const float missing = lln_fmaf(-quotient, divisor_rest, lln_fmaf(-quotient, divisor, -m) - m_rest);
  return lln_copy_sign(lln_fmaf(missing, inverse, quotient), x);
}

/* 1.7159 tanh(0.666 x). What the rounding of 0.666 x lost comes back with the derivative of tanh, 1 - tanh^2. */
static inline float lln_lecun_tanh(float x) {
  const float magnitude = lln_abs(x);
  const float z = magnitude > 16.0f ? 16.0f : magnitude;
  const float argument = 0.666f * z;
  const float y = lln_tanh(argument);
  const float slope = lln_fmaf(-y, y, 1.0f);
  return lln_copy_sign(lln_fmaf(1.7159f, y, 1.7159f * lln_fmaf(0.666f, z, -argument) * slope), x);
}

/* 1 / (1 + e^-x), from e^-|x| so that small results keep their digits. */
static inline float lln_sigmoid(float x) {
  const float decay = lln_exp_below(-lln_abs(x));
  return (x < 0.0f ? decay : 1.0f) / (1.0f + decay);
}

/* x sigmoid(x); the limit -0 at minus infinity. x is a factor of the small results before they become denormal. */
static inline float lln_silu(float x) {
  const float magnitude = lln_abs(x);
  const float z = magnitude > 110.0f ? 110.0f : magnitude;
  const lln_reduced reduced = lln_reduce(-z);
  const float decay = lln_times_power(1.0f + reduced.tail, reduced.power);
  const float product = lln_times_power(lln_fmaf(-z, reduced.tail, -z), reduced.power);
  return (x < 0.0f ? product : x) / (1.0f + decay);
}

/* A value of twice a float's digits, nearly: `rest` is what `most` lacks. */
typedef struct lln_pair {
  float most;
  float rest;
} lln_pair;

static inline lln_pair lln_product(lln_pair a, lln_pair b) {
  const float most = a.most * b.most;
  const float rest = lln_fmaf(a.most, b.most, -most);
  const lln_pair product = {most, lln_fmaf(a.rest, b.most, lln_fmaf(a.most, b.rest, rest))};
  return product;
}

/* z t for t, the float next to 1 / (z + 1.5): z / (z + 1.5). */
static inline lln_pair lln_normal_share(float z, float t) {
  const float divisor = z + 1.5f;
  const float divisor_rest = z - (divisor - 1.5f);
  const float missing = lln_fmaf(-t, divisor_rest, lln_fmaf(-t, divisor, 1.0f));
  const float share = z * t;
  const lln_pair pair = {share, lln_fmaf(share, missing, lln_fmaf(z, t, -share))};
  return pair;
}

/* P(t) of lln_normal_tail. Its first two terms are most of it. */
static inline lln_pair lln_normal_sum(float t) {
  float p = -44.8358955f;
  p = lln_fmaf(p, t, 112.630928f);
  p = lln_fmaf(p, t, -117.171219f);
  p = lln_fmaf(p, t, 60.70121f);
  p = lln_fmaf(p, t, -12.8112411f);
  p = lln_fmaf(p, t, -0.585499585f);
  p = lln_fmaf(p, t, -0.592050552f);
  p = lln_fmaf(p, t, 0.506792247f);
  const float line = lln_fmaf(0.598152578f, t, 0.398945898f);
  const float line_rest = lln_fmaf(0.598152578f, t, 0.398945898f - line);
  const float square = t * t;
  const float sum = lln_fmaf(square, p, line);
  const lln_pair pair = {sum, lln_fmaf(square, p, line - sum) + line_rest};
  return pair;
}

/*
 * z times the normal distribution's tail above z: z e^(-z^2 / 2) t P(t) with t = 1 / (z + 1.5), for 1 <= z <= 15.
 * `square` is z^2 rounded; what the exponent lost comes back with the derivative of e^x, e^x. Largest terms come last.
 */
static inline float lln_normal_tail(float z, float square) {
  const float t = 1.0f / (z + 1.5f);
  const lln_pair factor = lln_product(lln_normal_share(z, t), lln_normal_sum(t));
  const lln_reduced reduced = lln_reduce(-0.5f * square);
  const float rest = lln_fmaf(-0.5f, lln_fmaf(z, z, -square), reduced.rest);
  const float slope = lln_fmaf(rest, reduced.tail, rest);
  const float bend = lln_fmaf(reduced.r * reduced.r, reduced.curve, slope);
  const float small = lln_fmaf(factor.most, bend, factor.rest);
  return lln_times_power(factor.most + lln_fmaf(factor.most, reduced.r, small), reduced.power);
}

/* The normal distribution's cumulative function for |x| <= 1: 1/2 + x Q(x^2). */
static inline float lln_normal_middle(float x, float square) {
  float q = -8.16959346e-06f;
  q = lln_fmaf(q, square, 0.000115018862f);
  q = lln_fmaf(q, square, -0.00118801999f);
  q = lln_fmaf(q, square, 0.00997416303f);
  q = lln_fmaf(q, square, -0.0664905384f);
  q = lln_fmaf(q, square, 0.398942292f);
  return lln_fmaf(x, q, 0.5f);
}

/*
 * x times the normal distribution's cumulative function, without cancellation for negative x; the limit -0 at minus
 * infinity.
 */
static inline float lln_gelu(float x) {
  const float magnitude = lln_abs(x);
  const float z = magnitude > 15.0f ? 15.0f : magnitude;
  const float square = z * z;
  const float tail = lln_normal_tail(z, square);
  const float outer = x < 0.0f ? -tail : x - tail;
  return magnitude < 1.0f ? x * lln_normal_middle(x, square) : outer;
}

#endif
