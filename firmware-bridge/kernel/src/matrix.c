#include "arithmetic.h"
#include "kernel.h"

/* Panels that are summed side by side: their chains of fused multiply-adds do not wait for each other. */
#define LLN_ABREAST 4u

/* Every output's sum starts with its bias and takes the inputs in ascending order. */
static void lln_dense_panel(const float *restrict table, size_t inputs, const float *restrict x, float *restrict y) {
  float acc[LLN_PANEL];
  for (size_t lane = 0; lane < LLN_PANEL; lane++) acc[lane] = table[lane];
  const float *w = table + LLN_PANEL;
  for (size_t j = 0; j < inputs; j++, w += LLN_PANEL) {
    for (size_t lane = 0; lane < LLN_PANEL; lane++) acc[lane] = lln_fmaf(w[lane], x[j], acc[lane]);
  }
  for (size_t lane = 0; lane < LLN_PANEL; lane++) y[lane] = acc[lane];
}

static void lln_dense_panels(const float *restrict table, size_t inputs, const float *restrict x, float *restrict y) {
  const size_t stride = (inputs + 1) * LLN_PANEL;
  float acc[LLN_ABREAST][LLN_PANEL];
  for (size_t p = 0; p < LLN_ABREAST; p++) {
    for (size_t lane = 0; lane < LLN_PANEL; lane++) acc[p][lane] = table[p * stride + lane];
  }
  const float *w = table + LLN_PANEL;
  for (size_t j = 0; j < inputs; j++, w += LLN_PANEL) {
    for (size_t p = 0; p < LLN_ABREAST; p++) {
      for (size_t lane = 0; lane < LLN_PANEL; lane++) {
        acc[p][lane] = lln_fmaf(w[p * stride + lane], x[j], acc[p][lane]);
      }
    }
  }
  for (size_t p = 0; p < LLN_ABREAST; p++) {
    for (size_t lane = 0; lane < LLN_PANEL; lane++) y[p * LLN_PANEL + lane] = acc[p][lane];
  }
}

static void lln_apply_dense(const lln_table *table, size_t panels, const float *x, float *y) {
  const float *w = (const float *)(const void *)table->data;
  const size_t stride = ((size_t)table->inputs + 1) * LLN_PANEL;
  size_t panel = 0;
  for (; panel + LLN_ABREAST <= panels; panel += LLN_ABREAST) {
    lln_dense_panels(w + panel * stride, table->inputs, x, y + panel * LLN_PANEL);
  }
  for (; panel < panels; panel++) lln_dense_panel(w + panel * stride, table->inputs, x, y + panel * LLN_PANEL);
}

static void lln_masked_panel(const uint16_t *restrict columns, size_t count, const float *restrict w,
                             const float *restrict x, float *restrict y) {
  float acc[LLN_PANEL];
  for (size_t lane = 0; lane < LLN_PANEL; lane++) acc[lane] = w[lane];
  for (size_t k = 0; k < count; k++) {
    w += LLN_PANEL;
    for (size_t lane = 0; lane < LLN_PANEL; lane++) acc[lane] = lln_fmaf(w[lane], x[columns[k]], acc[lane]);
  }
  for (size_t lane = 0; lane < LLN_PANEL; lane++) y[lane] = acc[lane];
}

static void lln_apply_masked(const lln_table *table, size_t panels, const float *x, float *y) {
  const unsigned char *data = table->data;
  for (size_t panel = 0; panel < panels; panel++) {
    const uint32_t count = *(const uint32_t *)(const void *)data;
    const uint16_t *columns = (const uint16_t *)(const void *)(data + 4);
    const float *w = (const float *)(const void *)(data + lln_round_up(4u + 2u * count, LLN_IMAGE_ALIGNMENT));
    lln_masked_panel(columns, count, w, x, y + panel * LLN_PANEL);
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
