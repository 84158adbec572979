/*
 * test_elementary [STRIDE [FUNCTION]...]: the elementary functions against the double ones of libm, over every
 * STRIDE-th bit pattern of a float, 1 for all of them, on all processors. Without a FUNCTION it takes all of them, and
 * checks the values that decision 0003 lists and the software fused multiply-add. Fails where an error exceeds its
 * documented limit.
 *
 * It prints a line for each function: its name, then pairs of a word and a number (the accuracy bench reads them).
 */
#define _GNU_SOURCE
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../src/elementary.h"
#include "../src/kernel.h"

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
  uint64_t inputs;
  uint64_t nearest;
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
  s->inputs++;
  s->nearest += actual == (float)expected || (isnan(actual) && isnan(expected)) ? 1u : 0u;
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

static void add_share(share *total, const share *part) {
  total->inputs += part->inputs;
  total->nearest += part->nearest;
  total->wrong_specials += part->wrong_specials;
  if (part->worst <= total->worst) return;
  total->worst = part->worst;
  total->worst_at = part->worst_at;
}

static int check_subject(const subject *of, uint64_t stride) {
  const long processors = sysconf(_SC_NPROCESSORS_ONLN);
  const size_t threads = processors < 1 ? 1 : processors > THREADS_MAX ? THREADS_MAX : (size_t)processors;
  pthread_t ids[THREADS_MAX];
  share shares[THREADS_MAX];
  share total = {.of = of, .stride = stride};
  for (size_t i = 0; i < threads; i++) {
    const share own = {.of = of, .first = i * stride, .stride = threads * stride};
    shares[i] = own;
    if (pthread_create(&ids[i], NULL, check_share, &shares[i]) != 0) abort();
  }
  for (size_t i = 0; i < threads; i++) {
    pthread_join(ids[i], NULL);
    add_share(&total, &shares[i]);
  }
  printf("%s inputs %llu max-ulp %.3f max-ulp-at %.9g limit %g nearest-share %.4f wrong-specials %llu\n", of->name,
         (unsigned long long)total.inputs, total.worst, (double)total.worst_at, of->ulp_max,
         (double)total.nearest / (double)total.inputs, (unsigned long long)total.wrong_specials);
  fflush(stdout);
  return total.worst <= of->ulp_max && total.wrong_specials == 0 ? 0 : 1;
}

/* What decision 0003 promises for the arguments at which a function has no error to measure. */
typedef struct special {
  const char *name;
  void (*ours)(const float *x, float *y, size_t count);
  float of_infinity;
  float of_minus_infinity;
  float of_zero;
  float of_minus_zero;
} special;

static void our_relu(const float *x, float *y, size_t count) {
  lln_copy(y, x, count);
  lln_activate(LLN_ACTIVATION_RELU, y, count);
}

static int check_special(const special *of) {
  const float x[] = {INFINITY, -INFINITY, 0.0f, -0.0f};
  const float expected[] = {of->of_infinity, of->of_minus_infinity, of->of_zero, of->of_minus_zero};
  const float not_numbers[] = {NAN, -NAN, lln_float_of(0x7F800001u), lln_float_of(0xFFFFFFFFu)};
  float y[4];
  unsigned wrong = 0;
  of->ours(x, y, 4);
  for (size_t i = 0; i < 4; i++) wrong += lln_bits_of(y[i]) == lln_bits_of(expected[i]) ? 0 : 1;
  of->ours(not_numbers, y, 4);
  for (size_t i = 0; i < 4; i++) wrong += isnan(y[i]) ? 0 : 1;
  printf("%s-special inputs 8 wrong %u\n", of->name, wrong);
  return wrong == 0 ? 0 : 1;
}

static int check_specials(void) {
  static const special specials[] = {
      {"exp",        our_exp,        INFINITY, 0.0f,     1.0f, 1.0f },
      {"tanh",       our_tanh,       1.0f,     -1.0f,    0.0f, -0.0f},
      {"sigmoid",    our_sigmoid,    1.0f,     0.0f,     0.5f, 0.5f },
      {"lecun_tanh", our_lecun_tanh, 1.7159f,  -1.7159f, 0.0f, -0.0f},
      {"relu",       our_relu,       INFINITY, 0.0f,     0.0f, 0.0f },
      {"silu",       our_silu,       INFINITY, -0.0f,    0.0f, -0.0f},
      {"gelu",       our_gelu,       INFINITY, -0.0f,    0.0f, -0.0f},
  };
  int failures = 0;
  for (size_t i = 0; i < sizeof specials / sizeof *specials; i++) failures += check_special(&specials[i]);
  return failures;
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
  printf("software-fmaf inputs %u wrong %u\n", FMA_ROUNDS, faults);
  return faults == 0 ? 0 : 1;
}

/* Whether `name` is among the `count` chosen ones; without any, all are. */
static int is_chosen(const char *name, int count, char **chosen) {
  for (int i = 0; i < count; i++) {
    if (strcmp(chosen[i], name) == 0) return 1;
  }
  return count == 0;
}

int main(int count, char **arguments) {
  static const subject subjects[] = {
      {"exp",        our_exp,        exp,              1.1 },
      {"tanh",       our_tanh,       tanh,             1.6 },
      {"sigmoid",    our_sigmoid,    exact_sigmoid,    2.5 },
      {"lecun_tanh", our_lecun_tanh, exact_lecun_tanh, 2.95},
      {"silu",       our_silu,       exact_silu,       2.7 },
      {"gelu",       our_gelu,       exact_gelu,       2.25},
  };
  const uint64_t stride = count > 1 ? strtoull(arguments[1], NULL, 10) : DEFAULT_STRIDE;
  if (stride == 0) return 2;
  const int chosen = count > 2 ? count - 2 : 0;
  int failures = chosen > 0 ? 0 : check_specials() + check_fmaf();
  for (size_t i = 0; i < sizeof subjects / sizeof *subjects; i++) {
    if (is_chosen(subjects[i].name, chosen, arguments + 2)) failures += check_subject(&subjects[i], stride);
  }
  return failures == 0 ? 0 : 1;
}
