/*
 * test_elementary [STRIDE]: the elementary functions against the double ones of libm, over every STRIDE-th bit pattern
 * of a float, 1 for all of them, on all processors. Then the software fused multiply-add against libm's. Prints what it
 * found, and fails where an error exceeds its documented limit.
 */
#define _GNU_SOURCE
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../src/elementary.h"

/* Prime, so that the low bits of the patterns vary. */
#define DEFAULT_STRIDE 1021u
#define FMA_ROUNDS 20000000u
#define THREADS_MAX 64

typedef struct subject {
  const char *name;
  void (*ours)(const float *x, float *y, size_t count);
  double (*exact)(double);
  double ulp_max;
} subject;

/* A thread's share of the patterns, and the worst that it found there. */
typedef struct share {
  const subject *of;
  uint64_t first;
  uint64_t stride;
  double worst;
  float worst_at;
  uint64_t wrong_specials;
} share;

/* Loops, so that they are the vectorised functions that are tested. */
#define DEFINE_OURS(name) \
  static void our_##name(const float *x, float *y, size_t count) { \
    for (size_t i = 0; i < count; i++) y[i] = lln_##name(x[i]); \
  }

DEFINE_OURS(exp)
DEFINE_OURS(tanh)
DEFINE_OURS(sigmoid)
DEFINE_OURS(lecun_tanh)
DEFINE_OURS(silu)
DEFINE_OURS(gelu)

static double exact_sigmoid(double x) { return x < 0 ? exp(x) / (1 + exp(x)) : 1 / (1 + exp(-x)); }
/* The constants of lecun_tanh are the floats. */
static double exact_lecun_tanh(double x) { return (double)1.7159f * tanh((double)0.666f * x); }
static double exact_silu(double x) { return x == -INFINITY ? -0.0 : x * exact_sigmoid(x); }
static double exact_gelu(double x) { return x == -INFINITY ? -0.0 : 0.5 * x * erfc(-x / sqrt(2.0)); }

/* The distance between floats around `value`. */
static double ulp_of(double value) {
  int exponent = 0;
  frexp(value, &exponent);
  return ldexp(1.0, (exponent < -125 ? -125 : exponent) - 24);
}

/* Whether NaN, an infinity, or the sign of a zero is not what it should be. */
static int is_wrong_special(float actual, double expected) {
  const float nearest = (float)expected;
  if (isnan(expected) || isnan(actual)) return isnan(expected) != isnan(actual);
  if (isinf(nearest) || isinf(actual)) return nearest != actual && fabs(expected) < 3.4028234e38;
  return signbit(actual) != signbit(nearest);
}

static void check_value(share *s, float x, float actual) {
  const double expected = s->of->exact((double)x);
  if (is_wrong_special(actual, expected)) s->wrong_specials++;
  if (!isfinite(actual) || !isfinite(expected)) return;
  const double error = fabs((double)actual - expected) / ulp_of(expected);
  if (error <= s->worst) return;
  s->worst = error;
  s->worst_at = x;
}

static void *check_share(void *argument) {
  share *s = argument;
  float x[256];
  float y[256];
  for (uint64_t pattern = s->first; pattern <= 0xFFFFFFFFu;) {
    size_t count = 0;
    for (; count < 256 && pattern <= 0xFFFFFFFFu; pattern += s->stride) x[count++] = lln_float_of((uint32_t)pattern);
    s->of->ours(x, y, count);
    for (size_t i = 0; i < count; i++) check_value(s, x[i], y[i]);
  }
  return NULL;
}

static int check_subject(const subject *of, uint64_t stride) {
  const long processors = sysconf(_SC_NPROCESSORS_ONLN);
  const size_t threads = processors < 1 ? 1 : processors > THREADS_MAX ? THREADS_MAX : (size_t)processors;
  pthread_t ids[THREADS_MAX];
  share shares[THREADS_MAX];
  share total = {of, 0, stride, 0, 0, 0};
  for (size_t i = 0; i < threads; i++) {
    const share own = {of, i * stride, threads * stride, 0, 0, 0};
    shares[i] = own;
    if (pthread_create(&ids[i], NULL, check_share, &shares[i]) != 0) abort();
  }
  for (size_t i = 0; i < threads; i++) {
    pthread_join(ids[i], NULL);
    total.wrong_specials += shares[i].wrong_specials;
    if (shares[i].worst > total.worst) {
      total.worst = shares[i].worst;
      total.worst_at = shares[i].worst_at;
    }
  }
  printf("%s: at most %.3f ulp (at %a), limit %.2f, %llu wrong special values\n", of->name, total.worst,
         (double)total.worst_at, of->ulp_max, (unsigned long long)total.wrong_specials);
  fflush(stdout);
  return total.worst <= of->ulp_max && total.wrong_specials == 0 ? 0 : 1;
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

int main(int count, char **arguments) {
  static const subject subjects[] = {
      {"exp", our_exp, exp, 1.1},          {"tanh", our_tanh, tanh, 1.6},
      {"sigmoid", our_sigmoid, exact_sigmoid, 2.5}, {"lecun_tanh", our_lecun_tanh, exact_lecun_tanh, 2.95},
      {"silu", our_silu, exact_silu, 2.7}, {"gelu", our_gelu, exact_gelu, 3.02},
  };
  const uint64_t stride = count > 1 ? strtoull(arguments[1], NULL, 10) : DEFAULT_STRIDE;
  if (stride == 0) return 2;
  int failures = check_fmaf();
  for (size_t i = 0; i < sizeof subjects / sizeof *subjects; i++) failures += check_subject(&subjects[i], stride);
  return failures == 0 ? 0 : 1;
}
