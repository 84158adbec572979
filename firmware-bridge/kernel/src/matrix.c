#include "kernel.h"
#include "vector.h"

/*
 * Inputs a turn: constant offsets from one address, which a Cortex-M7 can load beside a multiply-add. Its compiler leaves
 * loops of this length alone unless it is told.
 */
#if LLN_LANES > 1u
#define LLN_TURN 4u
#define LLN_UNROLL
#elif defined(__clang__)
#define LLN_TURN 8u
#define LLN_UNROLL _Pragma("unroll")
#else
#define LLN_TURN 8u
#define LLN_UNROLL _Pragma("GCC unroll 8")
#endif
/* Panels that are summed side by side: as many as there are registers for. */
#if LLN_WIDTH == 1u && LLN_LANES > 1u
#define LLN_ABREAST 8u
#else
#define LLN_ABREAST 1u
#endif
/* A panel's sums are this many vectors: of outputs, or of sessions where several are stepped together. */
#define LLN_PARTS (LLN_PANEL * LLN_WIDTH / LLN_LANES)

/* The first value of part `part` of a panel, within what belongs to the panel's outputs and within x. */
#define LLN_OUTPUT_AT(part) ((part) * LLN_LANES / LLN_WIDTH)
#define LLN_SESSION_AT(part) ((part) * LLN_LANES % LLN_WIDTH)

typedef struct lln_sums {
  lln_lanes part[LLN_PARTS];
} lln_sums;

/* A part's weights: a vector of them for one session, one for a vector of sessions. */
LLN_INLINE lln_lanes lln_weights(const float *w, size_t part) {
  return LLN_WIDTH == 1u ? lln_load(w + part * LLN_LANES) : lln_splat(w[LLN_OUTPUT_AT(part)]);
}

LLN_INLINE lln_lanes lln_inputs(const float *x, size_t part) {
  return LLN_WIDTH == 1u ? lln_splat(*x) : lln_load(x + LLN_SESSION_AT(part));
}

/* Adds one input to `panels` panels; their weights for it stand `stride` floats apart. */
LLN_INLINE void lln_add_input(size_t panels, const float *restrict w, size_t stride, const float *restrict x,
                              lln_sums *restrict sums) {
  for (size_t p = 0; p < panels; p++) {
    for (size_t part = 0; part < LLN_PARTS; part++) {
      sums[p].part[part] = lln_fma_lanes(lln_weights(w + p * stride, part), lln_inputs(x, part), sums[p].part[part]);
    }
  }
}

LLN_INLINE void lln_load_bias(const float *restrict bias, lln_sums *restrict sums) {
  for (size_t part = 0; part < LLN_PARTS; part++) sums->part[part] = lln_weights(bias, part);
}

LLN_INLINE void lln_store_panel(const lln_sums *restrict sums, float *restrict y) {
  for (size_t part = 0; part < LLN_PARTS; part++) lln_store(y + part * LLN_LANES, sums->part[part]);
}

/*
 * `panels` panels, a constant, side by side: their chains of multiply-adds do not wait for each other. Every output's
 * sum starts with its bias and takes the inputs in ascending order.
 */
LLN_INLINE void lln_dense_panels(size_t panels, const float *restrict table, size_t inputs, const float *restrict x,
                                 float *restrict y) {
  const size_t stride = (inputs + 1) * LLN_PANEL;
  lln_sums sums[LLN_ABREAST];
  for (size_t p = 0; p < panels; p++) lln_load_bias(table + p * stride, &sums[p]);
  const float *w = table + LLN_PANEL;
  for (size_t turns = inputs / LLN_TURN; turns > 0; turns--, w += LLN_TURN * LLN_PANEL, x += LLN_TURN * LLN_WIDTH) {
    LLN_UNROLL
    for (size_t k = 0; k < LLN_TURN; k++) {
      lln_add_input(panels, w + k * LLN_PANEL, stride, x + k * LLN_WIDTH, sums);
    }
  }
  for (size_t rest = inputs % LLN_TURN; rest > 0; rest--, w += LLN_PANEL, x += LLN_WIDTH) {
    lln_add_input(panels, w, stride, x, sums);
  }
  for (size_t p = 0; p < panels; p++) lln_store_panel(&sums[p], y + p * LLN_PANEL * LLN_WIDTH);
}

LLN_HOT static void lln_apply_dense(const lln_table *table, size_t panels, const float *x, float *y) {
  const float *w = (const float *)(const void *)table->data;
  const size_t inputs = table->inputs;
  const size_t stride = (inputs + 1) * LLN_PANEL;
  size_t panel = 0;
#if LLN_ABREAST > 1u
  for (; panel + LLN_ABREAST <= panels; panel += LLN_ABREAST) {
    lln_dense_panels(LLN_ABREAST, w + panel * stride, inputs, x, y + panel * LLN_PANEL);
  }
  for (; panel + LLN_ABREAST / 2 <= panels; panel += LLN_ABREAST / 2) {
    lln_dense_panels(LLN_ABREAST / 2, w + panel * stride, inputs, x, y + panel * LLN_PANEL);
  }
#endif
  for (; panel < panels; panel++) {
    lln_dense_panels(1, w + panel * stride, inputs, x, y + panel * LLN_PANEL * LLN_WIDTH);
  }
}

LLN_HOT static void lln_masked_panel(const uint16_t *restrict columns, size_t count, const float *restrict w,
                                     const float *restrict x, float *restrict y) {
  lln_sums sums;
  lln_load_bias(w, &sums);
  for (size_t k = 0; k < count; k++) {
    w += LLN_PANEL;
    lln_add_input(1, w, 0, x + (size_t)columns[k] * LLN_WIDTH, &sums);
  }
  lln_store_panel(&sums, y);
}

static void lln_apply_masked(const lln_table *table, size_t panels, const float *x, float *y) {
  const unsigned char *data = table->data;
  for (size_t panel = 0; panel < panels; panel++) {
    const uint32_t count = *(const uint32_t *)(const void *)data;
    const uint16_t *columns = (const uint16_t *)(const void *)(data + 4);
    const float *w = (const float *)(const void *)(data + lln_round_up(4u + 2u * count, LLN_IMAGE_ALIGNMENT));
    lln_masked_panel(columns, count, w, x, y + panel * LLN_PANEL * LLN_WIDTH);
    data = (const unsigned char *)(w + ((size_t)count + 1) * LLN_PANEL);
  }
}

LLN_LINKAGE void lln_apply_matrix(const lln_table *table, const float *x, float *y) {
  const size_t panels = (size_t)table->heads * (lln_padded(table->outputs) / LLN_PANEL);
  if (table->kind == LLN_TABLE_DENSE) {
    lln_apply_dense(table, panels, x, y);
  } else {
    lln_apply_masked(table, panels, x, y);
  }
}
