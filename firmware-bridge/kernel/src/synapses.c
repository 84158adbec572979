#include "elementary.h"
#include "kernel.h"

/* The sums of a panel's targets. */
typedef struct lln_currents {
  float num[LLN_PANEL * LLN_WIDTH];
  float den[LLN_PANEL * LLN_WIDTH];
} lln_currents;

/* Adds the k-th synapse of every lane that has one; a lane without keeps its sums untouched. */
LLN_INLINE void lln_add_row(const uint32_t *restrict lengths, uint32_t k, const uint16_t *restrict from,
                            const float *restrict row, const float *restrict v, lln_currents *restrict sums) {
  const float *mu = row;
  const float *sigma = row + LLN_PANEL;
  const float *weight = row + 2 * LLN_PANEL;
  const float *driven = row + 3 * LLN_PANEL;
  float opening[LLN_PANEL * LLN_WIDTH];
  for (size_t lane = 0; lane < LLN_PANEL; lane++) {
    const float *source = v + (size_t)from[lane] * LLN_WIDTH;
    for (size_t s = 0; s < LLN_WIDTH; s++) opening[lane * LLN_WIDTH + s] = sigma[lane] * (source[s] - mu[lane]);
  }
  for (size_t i = 0; i < LLN_PANEL * LLN_WIDTH; i++) opening[i] = lln_sigmoid(opening[i]);
  for (size_t lane = 0; lane < LLN_PANEL; lane++) {
    for (size_t s = 0; s < LLN_WIDTH; s++) {
      const size_t at = lane * LLN_WIDTH + s;
      const float num = lln_fmaf(driven[lane], opening[at], sums->num[at]);
      const float den = lln_fmaf(weight[lane], opening[at], sums->den[at]);
      sums->num[at] = k < lengths[lane] ? num : sums->num[at];
      sums->den[at] = k < lengths[lane] ? den : sums->den[at];
    }
  }
}

/* The sums of one lane: from `num` and `den` of its target, and back. */
static void lln_load_sums(lln_currents *sums, size_t lane, const float *num, const float *den) {
  for (size_t s = 0; s < LLN_WIDTH; s++) {
    sums->num[lane * LLN_WIDTH + s] = num[s];
    sums->den[lane * LLN_WIDTH + s] = den[s];
  }
}

static void lln_store_sums(const lln_currents *sums, size_t lane, float *num, float *den) {
  for (size_t s = 0; s < LLN_WIDTH; s++) {
    num[s] = sums->num[lane * LLN_WIDTH + s];
    den[s] = sums->den[lane * LLN_WIDTH + s];
  }
}

LLN_HOT static void lln_add_panel(const uint16_t *rows, const float *v, float *num, float *den) {
  const uint16_t *lengths = rows + LLN_PANEL;
  const uint32_t depth = lengths[0];
  const uint16_t *from = lengths + LLN_PANEL;
  const float *row = (const float *)(const void *)((const unsigned char *)from +
                                                   lln_round_up(16u * depth, LLN_IMAGE_ALIGNMENT));
  lln_currents sums = {{0}, {0}};
  uint32_t lane_depths[LLN_PANEL];
  for (size_t lane = 0; lane < LLN_PANEL; lane++) lane_depths[lane] = lengths[lane];
  for (size_t lane = 0; lane < LLN_PANEL && lengths[lane] > 0; lane++) {
    lln_load_sums(&sums, lane, num + (size_t)rows[lane] * LLN_WIDTH, den + (size_t)rows[lane] * LLN_WIDTH);
  }
  for (uint32_t k = 0; k < depth; k++) {
    lln_add_row(lane_depths, k, from + (size_t)k * LLN_PANEL, row + (size_t)k * 4 * LLN_PANEL, v, &sums);
  }
  for (size_t lane = 0; lane < LLN_PANEL && lengths[lane] > 0; lane++) {
    lln_store_sums(&sums, lane, num + (size_t)rows[lane] * LLN_WIDTH, den + (size_t)rows[lane] * LLN_WIDTH);
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
