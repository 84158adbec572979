#include "elementary.h"
#include "kernel.h"

/* h' = tanh(f1) (1 - gate g) + g tanh(f2) with g = sigmoid(a ts + b); `gate` is 1, or 0 for the mode without it. */
static void lln_blend_heads(float gate, const float *restrict ff, const float *restrict time, size_t stride,
                            float time_step, float *restrict h, size_t count) {
  for (size_t i = 0; i < count; i++) {
    const float g = lln_sigmoid(lln_fmaf(time[i], time_step, time[stride + i]));
    const float kept = lln_tanh(ff[i]) * (1.0f - gate * g);
    h[i] = lln_fmaf(g, lln_tanh(ff[stride + i]), kept);
  }
}

/* h' = A - A f1 exp(-ts (|w_tau| + |f1|)); the image holds |w_tau|. */
static void lln_decay_head(const float *restrict ff, const float *restrict amplitude, const float *restrict w_tau,
                           float time_step, float *restrict h, size_t count) {
  for (size_t i = 0; i < count; i++) {
    const float decay = lln_exp(-time_step * (w_tau[i] + lln_abs(ff[i])));
    h[i] = lln_fmaf(-(amplitude[i] * ff[i]), decay, amplitude[i]);
  }
}

static float lln_gate(const lln_network *network) { return network->mode == LLN_MODE_DEFAULT ? 1.0f : 0.0f; }

LLN_LINKAGE void lln_cfc_step(const lln_network *network, const lln_table *tables, const lln_step_memory *memory,
                              float time_step, float *state) {
  float *z = memory->work_a;
  float *y = memory->work_b;
  lln_copy(z, memory->input, network->input_size);
  lln_copy(z + network->input_size, memory->hidden, network->units);
  for (uint32_t layer = 0; layer < network->layers; layer++, tables++) {
    lln_apply_matrix(tables, z, y);
    lln_activate(network->activation, y, tables->outputs);
    float *swap = z;
    z = y;
    y = swap;
  }
  lln_apply_matrix(tables, z, y);
  const size_t stride = lln_padded(network->units);
  if (network->mode == LLN_MODE_PURE) {
    lln_decay_head(y, lln_vector(tables + 1, 0), lln_vector(tables + 1, 1), time_step, state, network->units);
  } else {
    lln_blend_heads(lln_gate(network), y, y + 2 * stride, stride, time_step, state, network->units);
  }
}

/* One small cell a layer: the first reads the input, each further one the new output of the one before. */
LLN_LINKAGE void lln_wired_cfc_step(const lln_network *network, const lln_table *tables,
                                    const lln_step_memory *memory, float time_step, float *state) {
  const float *feed = memory->input;
  size_t feed_size = network->input_size;
  size_t start = 0;
  float *z = memory->work_a;
  float *y = memory->work_b;
  for (uint32_t layer = 0; layer < network->layers; layer++, tables += 2) {
    const size_t outputs = tables->outputs;
    const size_t stride = lln_padded(tables->outputs);
    lln_copy(z, feed, feed_size);
    lln_copy(z + feed_size, memory->hidden + start, outputs);
    lln_apply_matrix(tables, z, y);
    if (network->mode == LLN_MODE_PURE) {
      lln_decay_head(y, lln_vector(tables + 1, 0), lln_vector(tables + 1, 1), time_step, state + start, outputs);
    } else {
      lln_apply_matrix(tables + 1, z, y + 2 * stride);
      lln_blend_heads(lln_gate(network), y, y + 2 * stride, stride, time_step, state + start,
                      outputs);
    }
    feed = state + start;
    feed_size = outputs;
    start += outputs;
  }
}
