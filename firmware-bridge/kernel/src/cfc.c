#include "elementary.h"
#include "kernel.h"
#include "vector.h"

/*
 * h' = tanh(f1) (1 - gate g) + g tanh(f2) with g = sigmoid(a ts + b); `gate` is 1, or 0 for the mode without it. The
 * heads f1, f2, a, b stand `stride` values apart from each other.
 */
LLN_HOT static void lln_blend_heads(float gate, const float *restrict heads, size_t stride,
                                    const float *restrict time_step, float *restrict h, size_t units) {
  const float *f2 = heads + stride;
  const float *a = heads + 2 * stride;
  const float *b = heads + 3 * stride;
  for (size_t i = 0; i < units; i++) {
    for (size_t s = 0; s < LLN_WIDTH; s++) {
      const size_t at = i * LLN_WIDTH + s;
      const float g = lln_sigmoid(lln_fmaf(a[at], time_step[s], b[at]));
      const float kept = lln_tanh(heads[at]) * (1.0f - gate * g);
      h[at] = lln_fmaf(g, lln_tanh(f2[at]), kept);
    }
  }
}

/* h' = A - A f1 exp(-ts (|w_tau| + |f1|)); the image holds |w_tau|. */
LLN_HOT static void lln_decay_head(const float *restrict ff, const lln_table *constants,
                                   const float *restrict time_step, float *restrict h, size_t units) {
  const float *amplitude = lln_vector(constants, 0);
  const float *w_tau = lln_vector(constants, 1);
  for (size_t i = 0; i < units; i++) {
    for (size_t s = 0; s < LLN_WIDTH; s++) {
      const size_t at = i * LLN_WIDTH + s;
      const float decay = lln_exp(-time_step[s] * (w_tau[i] + lln_abs(ff[at])));
      h[at] = lln_fmaf(-(amplitude[i] * ff[at]), decay, amplitude[i]);
    }
  }
}

static float lln_gate(const lln_network *network) { return network->mode == LLN_MODE_DEFAULT ? 1.0f : 0.0f; }

/*
 * From the heads in `y`, whose times are summed already, to the new state of `units` units in `h`, which is padded to
 * whole panels. `constants` belong to the mode without times.
 */
static void lln_finish_heads(const lln_network *network, const lln_table *constants, const float *y,
                             const lln_step_memory *memory, float *h, size_t units) {
  const size_t stride = (size_t)lln_padded((uint32_t)units) * LLN_WIDTH;
  if (network->mode == LLN_MODE_PURE) {
    lln_decay_head(y, constants, memory->time_step, h, lln_whole(units));
  } else {
    lln_blend_heads(lln_gate(network), y, stride, memory->time_step, h, lln_whole(units));
  }
}

LLN_LINKAGE void lln_cfc_step(const lln_network *network, const lln_table *tables, const lln_step_memory *memory) {
  float *z = memory->work_a;
  float *y = memory->work_b;
  lln_copy(z, memory->input, (size_t)network->input_size * LLN_WIDTH);
  lln_copy(z + (size_t)network->input_size * LLN_WIDTH, memory->hidden, (size_t)network->units * LLN_WIDTH);
  for (uint32_t layer = 0; layer < network->layers; layer++, tables++) {
    lln_apply_matrix(tables, z, y);
    lln_activate(network->activation, y, lln_whole(tables->outputs) * LLN_WIDTH);
    float *swap = z;
    z = y;
    y = swap;
  }
  lln_apply_matrix(tables, z, y);
  lln_finish_heads(network, tables + 1, y, memory, memory->hidden, network->units);
}

/*
 * One small cell a layer: the first reads the input, each further one the new output of the one before. What is written
 * in whole panels is behind its end overwritten by what comes next, or not read.
 */
LLN_LINKAGE void lln_wired_cfc_step(const lln_network *network, const lln_table *tables,
                                    const lln_step_memory *memory) {
  const float *feed = memory->input;
  size_t feed_size = network->input_size;
  const float *h = memory->hidden;
  float *next = memory->work_a;
  float *z = next + (size_t)lln_padded(network->units + LLN_PANEL) * LLN_WIDTH;
  float *y = memory->work_b;
  for (uint32_t layer = 0; layer < network->layers; layer++, tables += 2) {
    const size_t size = tables->outputs;
    lln_copy(z, feed, lln_whole(feed_size) * LLN_WIDTH);
    lln_copy(z + feed_size * LLN_WIDTH, h, lln_whole(size) * LLN_WIDTH);
    lln_apply_matrix(tables, z, y);
    if (network->mode != LLN_MODE_PURE) {
      lln_apply_matrix(tables + 1, z, y + 2 * (size_t)lln_padded(tables->outputs) * LLN_WIDTH);
    }
    lln_finish_heads(network, tables + 1, y, memory, next, size);
    feed = next;
    feed_size = size;
    h += size * LLN_WIDTH;
    next += size * LLN_WIDTH;
  }
  lln_copy(memory->hidden, memory->work_a, lln_whole(network->units) * LLN_WIDTH);
}
