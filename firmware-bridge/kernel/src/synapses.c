#include "elementary.h"
#include "kernel.h"

/* Adds the k-th synapse of every lane that has one; a lane without keeps its sums untouched. */
static void lln_add_row(const uint32_t *restrict lengths, uint32_t k, const uint16_t *restrict from,
                        const float *restrict row, const float *restrict v, float *restrict num,
                        float *restrict den) {
  const float *mu = row;
  const float *sigma = row + LLN_PANEL;
  const float *weight = row + 2 * LLN_PANEL;
  const float *driven = row + 3 * LLN_PANEL;
  float source[LLN_PANEL];
  for (size_t lane = 0; lane < LLN_PANEL; lane++) source[lane] = v[from[lane]];
  for (size_t lane = 0; lane < LLN_PANEL; lane++) {
    const float s = lln_sigmoid(sigma[lane] * (source[lane] - mu[lane]));
    const float next_num = lln_fmaf(driven[lane], s, num[lane]);
    const float next_den = lln_fmaf(weight[lane], s, den[lane]);
    num[lane] = k < lengths[lane] ? next_num : num[lane];
    den[lane] = k < lengths[lane] ? next_den : den[lane];
  }
}

static void lln_add_panel(const uint16_t *rows, const float *v, float *num, float *den) {
  const uint16_t *lengths = rows + LLN_PANEL;
  const uint32_t depth = lengths[0];
  const uint16_t *from = lengths + LLN_PANEL;
  const float *row = (const float *)(const void *)((const unsigned char *)from +
                                                   lln_round_up(16u * depth, LLN_IMAGE_ALIGNMENT));
  float num_acc[LLN_PANEL] = {0};
  float den_acc[LLN_PANEL] = {0};
  uint32_t lane_depths[LLN_PANEL];
  for (size_t lane = 0; lane < LLN_PANEL; lane++) lane_depths[lane] = lengths[lane];
  for (size_t lane = 0; lane < LLN_PANEL && lengths[lane] > 0; lane++) {
    num_acc[lane] = num[rows[lane]];
    den_acc[lane] = den[rows[lane]];
  }
  for (uint32_t k = 0; k < depth; k++) {
    lln_add_row(lane_depths, k, from + (size_t)k * LLN_PANEL, row + (size_t)k * 4 * LLN_PANEL, v, num_acc, den_acc);
  }
  for (size_t lane = 0; lane < LLN_PANEL && lengths[lane] > 0; lane++) {
    num[rows[lane]] = num_acc[lane];
    den[rows[lane]] = den_acc[lane];
  }
}

LLN_LINKAGE void lln_add_currents(const lln_table *table, const float *v, float *num, float *den) {
  const uint32_t panels = *(const uint32_t *)(const void *)table->data;
  const unsigned char *panel = table->data + LLN_IMAGE_ALIGNMENT;
  for (uint32_t i = 0; i < panels; i++) {
    const uint16_t *rows = (const uint16_t *)(const void *)panel;
    const uint32_t depth = rows[LLN_PANEL];
    lln_add_panel(rows, v, num, den);
    panel += 32u + lln_round_up(16u * depth, LLN_IMAGE_ALIGNMENT) + (size_t)128u * depth;
  }
}
