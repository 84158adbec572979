#include "kernel.h"
#include "vector.h"

/*
 * Inputs a turn: constant offsets from one address, which a Cortex-M7 can load beside a multiply-add. Its compiler
 * leaves loops of this length alone unless it is told.
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

/* The first value of part `part` of a panel, within what belongs to the panel's outputs and within x. */
#define LLN_OUTPUT_AT(part) (LLN_LANES * (part) / LLN_WIDTH)
#define LLN_SESSION_AT(part) (LLN_LANES * (part) % LLN_WIDTH)

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

/* Adds one input to the first `parts` parts of `panels` panels; their weights for it stand `stride` floats apart. */
LLN_INLINE void lln_add_input(size_t panels, size_t parts, const float *restrict w, size_t stride,
                              const float *restrict x, lln_sums *restrict sums) {
  for (size_t p = 0; p < panels; p++) {
    for (size_t part = 0; part < parts; part++) {
      sums[p].part[part] = lln_fma_lanes(lln_weights(w + p * stride, part), lln_inputs(x, part), sums[p].part[part]);
    }
  }
}

LLN_INLINE void lln_load_bias(size_t parts, const float *restrict bias, lln_sums *restrict sums) {
  for (size_t part = 0; part < parts; part++) sums->part[part] = lln_weights(bias, part);
}

LLN_INLINE void lln_store_panel(size_t parts, const lln_sums *restrict sums, float *restrict y) {
  for (size_t part = 0; part < parts; part++) lln_store(y + part * LLN_LANES, sums->part[part]);
}

/*
 * `panels` panels, and `parts` parts of each, both constant, side by side: their chains of multiply-adds do not wait
 * for each other. Every output's sum starts with its bias and takes the inputs in ascending order.
 */
LLN_INLINE void lln_dense_panels(size_t panels, size_t parts, const float *restrict table, size_t inputs,
                                 const float *restrict x, float *restrict y) {
  const size_t stride = (inputs + 1) * LLN_PANEL;
  lln_sums sums[LLN_ABREAST];
  for (size_t p = 0; p < panels; p++) lln_load_bias(parts, table + p * stride, &sums[p]);
  const float *w = table + LLN_PANEL;
  for (size_t turns = inputs / LLN_TURN; turns > 0; turns--, w += LLN_TURN * LLN_PANEL, x += LLN_TURN * LLN_WIDTH) {
    LLN_UNROLL
    for (size_t k = 0; k < LLN_TURN; k++) {
      lln_add_input(panels, parts, w + k * LLN_PANEL, stride, x + k * LLN_WIDTH, sums);
    }
  }
  for (size_t rest = inputs % LLN_TURN; rest > 0; rest--, w += LLN_PANEL, x += LLN_WIDTH) {
    lln_add_input(panels, parts, w, stride, x, sums);
  }
  for (size_t p = 0; p < panels; p++) lln_store_panel(parts, &sums[p], y + p * LLN_PANEL * LLN_WIDTH);
}

/* One panel of a masked table, as the image holds it. */
typedef struct lln_masked {
  const uint16_t *columns;
  const float *weights; /* the bias, then those of each column */
  size_t count;
} lln_masked;

LLN_INLINE lln_masked lln_masked_at(const unsigned char *data) {
  const uint32_t count = *(const uint32_t *)(const void *)data;
  const lln_masked panel = {(const uint16_t *)(const void *)(data + 4),
                            (const float *)(const void *)(data + lln_round_up(4u + 2u * count, LLN_IMAGE_ALIGNMENT)),
                            count};
  return panel;
}

LLN_INLINE const unsigned char *lln_behind_masked(const lln_masked *panel) {
  return (const unsigned char *)(panel->weights + (panel->count + 1) * LLN_PANEL);
}

LLN_INLINE void lln_add_column(size_t parts, const lln_masked *restrict panel, size_t k, const float *restrict x,
                               lln_sums *restrict sums) {
  const float *w = panel->weights + (k + 1) * LLN_PANEL;
  lln_add_input(1, parts, w, 0, x + (size_t)panel->columns[k] * LLN_WIDTH, sums);
}

/* The same for masked panels, from `data` on: side by side for as many columns as all of them have. */
LLN_INLINE const unsigned char *lln_masked_panels(size_t panels, size_t parts, const unsigned char *data,
                                                  const float *restrict x, float *restrict y) {
  lln_masked masked[LLN_ABREAST];
  lln_sums sums[LLN_ABREAST];
  size_t shared = SIZE_MAX;
  for (size_t p = 0; p < panels; p++) {
    masked[p] = lln_masked_at(data);
    data = lln_behind_masked(&masked[p]);
    shared = masked[p].count < shared ? masked[p].count : shared;
    lln_load_bias(parts, masked[p].weights, &sums[p]);
  }
  for (size_t k = 0; k < shared; k++) {
    for (size_t p = 0; p < panels; p++) lln_add_column(parts, &masked[p], k, x, &sums[p]);
  }
  for (size_t p = 0; p < panels; p++) {
    for (size_t k = shared; k < masked[p].count; k++) lln_add_column(parts, &masked[p], k, x, &sums[p]);
    lln_store_panel(parts, &sums[p], y + p * LLN_PANEL * LLN_WIDTH);
  }
  return data;
}

static size_t lln_panels(const lln_table *table) {
  return (size_t)table->heads * (lln_padded(table->outputs) / LLN_PANEL);
}

#if LLN_ABREAST > 1u

LLN_HOT static void lln_apply_dense(const lln_table *table, const float *x, float *y) {
  const float *w = (const float *)(const void *)table->data;
  const size_t inputs = table->inputs;
  const size_t stride = (inputs + 1) * LLN_PANEL;
  const size_t panels = lln_panels(table);
  size_t p = 0;
  for (; p + 8 <= panels; p += 8) lln_dense_panels(8, LLN_PARTS, w + p * stride, inputs, x, y + p * LLN_PANEL);
  for (; p + 4 <= panels; p += 4) lln_dense_panels(4, LLN_PARTS, w + p * stride, inputs, x, y + p * LLN_PANEL);
  for (; p + 2 <= panels; p += 2) lln_dense_panels(2, LLN_PARTS, w + p * stride, inputs, x, y + p * LLN_PANEL);
  if (p < panels) lln_dense_panels(1, LLN_PARTS, w + p * stride, inputs, x, y + p * LLN_PANEL);
}

LLN_HOT static void lln_apply_masked(const lln_table *table, const float *x, float *y) {
  const unsigned char *data = table->data;
  const size_t panels = lln_panels(table);
  size_t p = 0;
  for (; p + 4 <= panels; p += 4) data = lln_masked_panels(4, LLN_PARTS, data, x, y + p * LLN_PANEL);
  for (; p + 2 <= panels; p += 2) data = lln_masked_panels(2, LLN_PARTS, data, x, y + p * LLN_PANEL);
  if (p < panels) lln_masked_panels(1, LLN_PARTS, data, x, y + p * LLN_PANEL);
}

#else

/* `panels` panels one after the other, `parts` parts of each. */
LLN_INLINE void lln_dense_run(size_t panels, size_t parts, const float *w, size_t inputs, const float *x, float *y) {
  for (; panels > 0; panels--, w += (inputs + 1) * LLN_PANEL, y += LLN_PANEL * LLN_WIDTH) {
    lln_dense_panels(1, parts, w, inputs, x, y);
  }
}

LLN_INLINE const unsigned char *lln_masked_run(size_t panels, size_t parts, const unsigned char *data, const float *x,
                                               float *y) {
  for (; panels > 0; panels--, y += LLN_PANEL * LLN_WIDTH) data = lln_masked_panels(1, parts, data, x, y);
  return data;
}

/* Heads of which the last panel holds no more than half of its outputs: what there is none of costs nothing. */
LLN_HOT static void lln_apply_dense_halves(const lln_table *table, const float *x, float *y) {
  const float *w = (const float *)(const void *)table->data;
  const size_t inputs = table->inputs;
  const size_t full = table->outputs / LLN_PANEL;
  for (size_t head = 0; head < table->heads; head++) {
    lln_dense_run(full, LLN_PARTS, w, inputs, x, y);
    lln_dense_run(1, LLN_PARTS / 2, w + full * (inputs + 1) * LLN_PANEL, inputs, x, y + full * LLN_PANEL * LLN_WIDTH);
    w += (full + 1) * (inputs + 1) * LLN_PANEL;
    y += (full + 1) * LLN_PANEL * LLN_WIDTH;
  }
}

LLN_HOT static void lln_apply_masked_halves(const lln_table *table, const float *x, float *y) {
  const unsigned char *data = table->data;
  const size_t full = table->outputs / LLN_PANEL;
  for (size_t head = 0; head < table->heads; head++, y += (full + 1) * LLN_PANEL * LLN_WIDTH) {
    data = lln_masked_run(full, LLN_PARTS, data, x, y);
    data = lln_masked_run(1, LLN_PARTS / 2, data, x, y + full * LLN_PANEL * LLN_WIDTH);
  }
}

static bool lln_has_halves(const lln_table *table) {
  const uint32_t last = table->outputs % LLN_PANEL;
  return last > 0 && last <= LLN_PANEL / 2u;
}

LLN_HOT static void lln_apply_dense(const lln_table *table, const float *x, float *y) {
  if (lln_has_halves(table)) {
    lln_apply_dense_halves(table, x, y);
  } else {
    const float *w = (const float *)(const void *)table->data;
    lln_dense_run(lln_panels(table), LLN_PARTS, w, table->inputs, x, y);
  }
}

LLN_HOT static void lln_apply_masked(const lln_table *table, const float *x, float *y) {
  if (lln_has_halves(table)) {
    lln_apply_masked_halves(table, x, y);
  } else {
    lln_masked_run(lln_panels(table), LLN_PARTS, table->data, x, y);
  }
}

#endif

LLN_LINKAGE void lln_apply_matrix(const lln_table *table, const float *x, float *y) {
  if (table->kind == LLN_TABLE_DENSE) {
    lln_apply_dense(table, x, y);
  } else {
    lln_apply_masked(table, x, y);
  }
}
