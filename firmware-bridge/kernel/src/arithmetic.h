/* The only operations on floats that the kernel uses besides + - * / and comparisons. All are exact to the bit. */
#ifndef LLN_ARITHMETIC_H
#define LLN_ARITHMETIC_H

#include <stdbool.h>
#include <stdint.h>

#if !defined(__BYTE_ORDER__) || __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "network images are little-endian and run in place: this target is not supported"
#endif

#define LLN_NAN_BITS 0x7FC00000u
#define LLN_FLOAT_MAX 3.40282347e+38f

static inline float lln_float_of(uint32_t bits) {
  float value;
  __builtin_memcpy(&value, &bits, sizeof value);
  return value;
}

static inline uint32_t lln_bits_of(float value) {
  uint32_t bits;
  __builtin_memcpy(&bits, &value, sizeof bits);
  return bits;
}

/*
 * a * b + c, rounded once, for targets without the instruction. The product is exact in double; the sum is rounded to
 * odd, which leaves the one rounding to float the information it needs (Boldo and Melquiond, 2008).
 */
static inline float lln_fmaf_software(float a, float b, float c) {
  const double product = (double)a * (double)b;
  const double addend = (double)c;
  const double sum = product + addend;
  const double part = sum - product;
  const double error = (product - (sum - part)) + (addend - part);
  uint64_t bits;
  double odd;
  __builtin_memcpy(&bits, &sum, sizeof bits);
  /* An error that is NaN (infinities, NaN) fails both comparisons and leaves the sum as it is. */
  const bool is_inexact = (error > 0.0) | (error < 0.0);
  const bool is_outward = (error > 0.0) == (sum > 0.0);
  const uint64_t step = (is_inexact && (bits & 1u) == 0u) ? 1u : 0u;
  bits = is_outward ? bits + step : bits - step;
  __builtin_memcpy(&odd, &bits, sizeof odd);
  return (float)odd;
}

static inline float lln_fmaf(float a, float b, float c) {
#if !defined(LLN_FORCE_SOFTWARE_FMAF) && (defined(__FMA__) || defined(__ARM_FEATURE_FMA) || defined(__aarch64__))
  return __builtin_fmaf(a, b, c);
#else
  return lln_fmaf_software(a, b, c);
#endif
}

static inline float lln_abs(float x) { return lln_float_of(lln_bits_of(x) & 0x7FFFFFFFu); }

static inline float lln_copy_sign(float magnitude, float sign) {
  return lln_float_of((lln_bits_of(magnitude) & 0x7FFFFFFFu) | (lln_bits_of(sign) & 0x80000000u));
}

static inline bool lln_is_finite(float x) { return (lln_bits_of(x) & 0x7F800000u) != 0x7F800000u; }

/* Which NaN an operation makes differs between processors; what leaves the kernel must not. */
static inline float lln_canonical(float x) { return x != x ? lln_float_of(LLN_NAN_BITS) : x; }

#endif
