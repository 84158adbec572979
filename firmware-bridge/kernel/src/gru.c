#include "elementary.h"
#include "kernel.h"
#include "vector.h"

LLN_HOT static void lln_gru_blend(const float *restrict a, const float *restrict b, size_t stride, float *restrict h,
                                  size_t count) {
  for (size_t i = 0; i < count; i++) {
    const float r = lln_sigmoid(a[i] + b[i]);
    const float u = lln_sigmoid(a[stride + i] + b[stride + i]);
    const float n = lln_tanh(lln_fmaf(r, b[2 * stride + i], a[2 * stride + i]));
    h[i] = lln_fmaf(u, h[i], (1.0f - u) * n);
  }
}

LLN_LINKAGE void lln_gru_step(const lln_network *network, const lln_table *tables, const lln_step_memory *memory) {
  const size_t stride = (size_t)lln_padded(network->units) * LLN_WIDTH;
  float *a = memory->work_b;
  float *b = memory->work_b + 3 * stride;
  lln_apply_matrix(tables, memory->input, a);
  lln_apply_matrix(tables + 1, memory->hidden, b);
  lln_gru_blend(a, b, stride, memory->hidden, lln_whole(network->units) * LLN_WIDTH);
}
