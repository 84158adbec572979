/* Loops that a Cortex-M7 runs badly. The test of the matrix's loop is shown them, so that it is known to see the
 * difference. */
#include "../../src/arithmetic.h"

#include <stddef.h>

#define PANEL 8u
#define TOO_MANY 40u

float lln_bad_row(const float *w, const float *x, size_t inputs);
void lln_bad_spill(const float *w, const float *x, size_t inputs, float *y);
void lln_bad_memory(const float *w, const float *x, size_t inputs, float *restrict y);

/* Row by row: an input is loaded for every weight. */
float lln_bad_row(const float *w, const float *x, size_t inputs) {
  float sum = 0.0f;
  for (size_t j = 0; j < inputs; j++) sum = lln_fmaf(*w++, *x++, sum);
  return sum;
}

/* More sums than there are registers. */
void lln_bad_spill(const float *w, const float *x, size_t inputs, float *y) {
  float sums[TOO_MANY] = {0};
  for (size_t j = 0; j < inputs; j++, w += TOO_MANY) {
#pragma GCC unroll 40
    for (size_t i = 0; i < TOO_MANY; i++) sums[i] = lln_fmaf(w[i], x[j], sums[i]);
  }
  for (size_t i = 0; i < TOO_MANY; i++) y[i] = sums[i];
}

/* Sums that stay in memory. */
void lln_bad_memory(const float *w, const float *x, size_t inputs, float *restrict y) {
  for (size_t j = 0; j < inputs; j++, w += PANEL) {
#pragma GCC unroll 8
    for (size_t i = 0; i < PANEL; i++) *(volatile float *)&y[i] = lln_fmaf(w[i], x[j], y[i]);
  }
}
