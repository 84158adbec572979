/*
 * The limits of one core of this machine, for arithmetic as networks do it:
 *   roofline multiply       multiply-accumulates of float32 per nanosecond, from registers
 *   roofline read BYTES     bytes per nanosecond that arrive when BYTES are read over and over
 * One number on standard output: the best of many short runs, as nothing slows a limit down.
 */
#define _POSIX_C_SOURCE 200809L

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#if defined(__AVX512F__)
#define VECTOR_BYTES 64
#elif defined(__AVX__)
#define VECTOR_BYTES 32
#else
#define VECTOR_BYTES 16
#endif
/* More sums than a core needs to keep its units busy, and no more than it has registers for. */
#define CHAINS 10
#define RUNS 25
#define RUN_NS 400000.0

typedef float floats __attribute__((vector_size(VECTOR_BYTES)));
typedef uint64_t words __attribute__((vector_size(VECTOR_BYTES)));

static double now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* Results go here, so that the compiler has to compute them. */
static volatile float float_sink;
static volatile uint64_t word_sink;

/* Does `rounds` rounds; returns what one round amounts to, in the unit of the mode. */
typedef double work(size_t rounds, const void *buffer, size_t bytes);

static double multiply(size_t rounds, const void *buffer, size_t bytes) {
  (void)bytes;
  floats factor;
  memcpy(&factor, buffer, sizeof factor);
  floats sums[CHAINS];
  for (size_t i = 0; i < CHAINS; i++) {
    sums[i] = factor + (float)i;
  }
  for (size_t round = 0; round < rounds; round++) {
    for (size_t i = 0; i < CHAINS; i++) {
      sums[i] = sums[i] * factor + factor;
    }
  }
  for (size_t i = 0; i < CHAINS; i++) {
    float_sink = sums[i][0];
  }
  return (double)CHAINS * VECTOR_BYTES / sizeof(float);
}

static double read_all(size_t rounds, const void *buffer, size_t bytes) {
  const words *at = buffer;
  const size_t count = bytes / sizeof(words) / 8 * 8;
  words sums[8] = {0};
  for (size_t round = 0; round < rounds; round++) {
    for (size_t i = 0; i < count; i += 8) {
      for (size_t j = 0; j < 8; j++) {
        sums[j] ^= at[i + j];
      }
    }
    /* The next round must read again, for all that the compiler knows. */
    __asm__ volatile("" : : : "memory");
  }
  for (size_t j = 0; j < 8; j++) {
    word_sink = sums[j][0];
  }
  return (double)count * sizeof(words);
}

static double time_ns(work *run, size_t rounds, const void *buffer, size_t bytes, double *amount) {
  const double start = now_ns();
  *amount = run(rounds, buffer, bytes);
  return now_ns() - start;
}

static double measure(work *run, const void *buffer, size_t bytes) {
  double amount = 0;
  size_t rounds = 1;
  while (time_ns(run, rounds, buffer, bytes, &amount) < RUN_NS) {
    rounds *= 2;
  }
  double best = 0;
  for (size_t i = 0; i < RUNS; i++) {
    const double ns = time_ns(run, rounds, buffer, bytes, &amount);
    const double rate = amount * (double)rounds / ns;
    best = rate > best ? rate : best;
  }
  return best;
}

int main(int argc, char **argv) {
  const size_t bytes = argc == 3 ? strtoul(argv[2], NULL, 10) : 4096;
  const size_t aligned = (bytes + 4095) / 4096 * 4096;
  void *buffer = aligned_alloc(4096, aligned);
  if (argc < 2 || bytes == 0 || buffer == NULL) {
    fprintf(stderr, "roofline multiply | roofline read BYTES\n");
    return 2;
  }
  memset(buffer, 0, aligned);
  const int is_read = strcmp(argv[1], "read") == 0;
  printf("%.6f\n", measure(is_read ? read_all : multiply, buffer, bytes));
  free(buffer);
  return 0;
}
