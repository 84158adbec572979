/*
 * The elementary functions against the double ones of libm, over evenly spaced bit patterns of all floats, and the
 * software fused multiply-add against libm's. Fails where an error exceeds its documented limit; prints what it found.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../src/elementary.h"

/* Prime, so that the low bits of the patterns vary. */
#define STRIDE 1021u
#define FMA_ROUNDS 20000000u

typedef struct subject {
  const char *name;
  float (*ours)(float);
  double (*exact)(double);
  double ulp_max;
  /* Only results of at least this size are measured in ulp: below, the spacing of denormals rules. */
  double smallest;
} subject;

static float our_exp(float x) { return lln_exp(x); }
static float our_tanh(float x) { return lln_tanh(x); }
static float our_sigmoid(float x) { return lln_sigmoid(x); }
static float our_normal_cdf(float x) { return lln_normal_cdf(x); }
static double exact_sigmoid(double x) { return x < 0 ? exp(x) / (1 + exp(x)) : 1 / (1 + exp(-x)); }
static double exact_normal_cdf(double x) { return 0.5 * erfc(-x / sqrt(2.0)); }

static double ulp_of(double value) {
  int exponent = 0;
  frexp(value, &exponent);
  return ldexp(1.0, (exponent < -125 ? -125 : exponent) - 24);
}

static int is_wrong_special(float actual, double expected) {
  if (isnan(expected)) return !isnan(actual);
  if (expected > 3.4028235677973366e38) return !isinf(actual);
  return 0;
}

static int check_subject(const subject *s) {
  double worst = 0;
  float worst_at = 0;
  int faults = 0;
  for (uint64_t pattern = 0; pattern <= 0xFFFFFFFFu; pattern += STRIDE) {
    const float x = lln_float_of((uint32_t)pattern);
    const float actual = s->ours(x);
    const double expected = s->exact((double)x);
    if (is_wrong_special(actual, expected)) faults++;
    if (!isfinite(actual) || fabs(expected) < s->smallest) continue;
    const double error = fabs((double)actual - expected) / ulp_of(expected);
    if (error > worst) {
      worst = error;
      worst_at = x;
    }
  }
  printf("%s: at most %.2f ulp (at %a), limit %.2f, %d wrong special values\n", s->name, worst, (double)worst_at,
         s->ulp_max, faults);
  return worst <= s->ulp_max && faults == 0 ? 0 : 1;
}

static uint32_t random_state = 1u;

static uint32_t next_random(void) {
  random_state ^= random_state << 13;
  random_state ^= random_state >> 17;
  random_state ^= random_state << 5;
  return random_state;
}

/* Random patterns; half of the time the addend nearly cancels the product, where double rounding would show. */
static int check_fmaf(void) {
  unsigned faults = 0;
  for (unsigned round = 0; round < FMA_ROUNDS; round++) {
    const float a = lln_float_of(next_random());
    const float b = lln_float_of(next_random());
    const uint32_t nearly = lln_bits_of(a * b) ^ 0x80000000u ^ (next_random() & 0xFu) ^ (next_random() % 25u << 23);
    const float c = lln_float_of(round % 2 ? nearly : next_random());
    const float ours = lln_canonical(lln_fmaf_software(a, b, c));
    const float exact = lln_canonical(fmaf(a, b, c));
    if (lln_bits_of(ours) != lln_bits_of(exact)) faults++;
  }
  printf("software fmaf: %u of %u results differ\n", faults, FMA_ROUNDS);
  return faults == 0 ? 0 : 1;
}

int main(void) {
  static const subject subjects[] = {
      {"exp", our_exp, exp, 1.1, 1.2e-38},
      {"tanh", our_tanh, tanh, 2.6, 0},
      {"sigmoid", our_sigmoid, exact_sigmoid, 2.2, 1.2e-38},
      {"normal cdf", our_normal_cdf, exact_normal_cdf, 3.3, 1e-7},
      {"normal cdf with its far tail", our_normal_cdf, exact_normal_cdf, 7.0, 1.2e-38},
  };
  int failures = check_fmaf();
  for (size_t i = 0; i < sizeof subjects / sizeof *subjects; i++) failures += check_subject(&subjects[i]);
  return failures == 0 ? 0 : 1;
}
