#include "elementary.h"
#include "kernel.h"

/*
 * h' = tanh(f1) (1 - gate g) + g tanh(f2) with g = sigmoid(a ts + b); `gate` is 1, or 0 for the mode without it.
 * `time` holds a, then b, and a ts + b afterwards.
 */
LLN_HOT static void lln_blend_heads(float gate, const float *restrict ff, float *restrict time, size_t stride,
                                    const float *restrict time_step, float *restrict h, size_t units) {
  for (size_t i = 0; i < units; i++) {
    for (size_t s = 0; s < LLN_WIDTH; s++) {
      const size_t at = i * LLN_WIDTH + s;
      time[at] = lln_fmaf(time[at], time_step[s], time[stride + at]);
    }
  }
  for (size_t i = 0; i < units * LLN_WIDTH; i++) {
    const float g = lln_sigmoid(time[i]);
    const float kept = lln_tanh(ff[i]) * (1.0f - gate * g);
    h[i] = lln_fmaf(g, lln_tanh(ff[stride + i]), kept);
  }
}

/* h' = A - A f1 exp(-ts (|w_tau| + |f1|)); the image holds |w_tau|. `decay` is work. */
LLN_HOT static void lln_decay_head(const float *restrict ff, const lln_table *constants, float *restrict decay,
                                   const float *restrict time_step, float *restrict h, size_t units) {
  const float *amplitude = lln_vector(constants, 0);
  const float *w_tau = lln_vector(constants, 1);
  for (size_t i = 0; i < units; i++) {
    for (size_t s = 0; s < LLN_WIDTH; s++) {
      const size_t at = i * LLN_WIDTH + s;
      decay[at] = -time_step[s] * (w_tau[i] + lln_abs(ff[at]));
    }
  }
  for (size_t i = 0; i < units * LLN_WIDTH; i++) decay[i] = lln_exp(decay[i]);
  for (size_t i = 0; i < units; i++) {
    for (size_t s = 0; s < LLN_WIDTH; s++) {
      const size_t at = i * LLN_WIDTH + s;
      h[at] = lln_fmaf(-(amplitude[i] * ff[at]), decay[at], amplitude[i]);
    }
  }
}

static float lln_gate(const lln_network *network) { return network->mode == LLN_MODE_DEFAULT ? 1.0f : 0.0f; }

LLN_LINKAGE void lln_cfc_step(const lln_network *network, const lln_table *tables, const lln_step_memory *memory,
                              float *state) {
  float *z = memory->work_a;
  float *y = memory->work_b;
  lln_copy(z, memory->input, (size_t)network->input_size * LLN_WIDTH);
  lln_copy(z + (size_t)network->input_size * LLN_WIDTH, memory->hidden, (size_t)network->units * LLN_WIDTH);
  for (uint32_t layer = 0; layer < network->layers; layer++, tables++) {
    lln_apply_matrix(tables, z, y);
    lln_activate(network->activation, y, (size_t)tables->outputs * LLN_WIDTH);
    float *swap = z;
    z = y;
    y = swap;
  }
  lln_apply_matrix(tables, z, y);
  const size_t stride = (size_t)lln_padded(network->units) * LLN_WIDTH;
  if (network->mode == LLN_MODE_PURE) {
    lln_decay_head(y, tables + 1, y + stride, memory->time_step, state, network->units);
  } else {
    lln_blend_heads(lln_gate(network), y, y + 2 * stride, stride, memory->time_step, state, network->units);
  }
}

/* One small cell a layer: the first reads the input, each further one the new output of the one before. */
LLN_LINKAGE void lln_wired_cfc_step(const lln_network *network, const lln_table *tables,
                                    const lln_step_memory *memory, float *state) {
  const float *feed = memory->input;
  size_t feed_size = network->input_size;
  size_t start = 0;
  float *z = memory->work_a;
  float *y = memory->work_b;
  for (uint32_t layer = 0; layer < network->layers; layer++, tables += 2) {
    const size_t outputs = tables->outputs;
    const size_t stride = (size_t)lln_padded(tables->outputs) * LLN_WIDTH;
    float *h = state + start * LLN_WIDTH;
    lln_copy(z, feed, feed_size * LLN_WIDTH);
    lln_copy(z + feed_size * LLN_WIDTH, memory->hidden + start * LLN_WIDTH, outputs * LLN_WIDTH);
    lln_apply_matrix(tables, z, y);
    if (network->mode == LLN_MODE_PURE) {
      lln_decay_head(y, tables + 1, y + stride, memory->time_step, h, outputs);
    } else {
      lln_apply_matrix(tables + 1, z, y + 2 * stride);
      lln_blend_heads(lln_gate(network), y, y + 2 * stride, stride, memory->time_step, h, outputs);
    }
    feed = h;
    feed_size = outputs;
    start += outputs;
  }
}
