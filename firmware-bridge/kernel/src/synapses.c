#include "elementary.h"
#include "kernel.h"
#include "vector.h"

/* One panel of a synapse table, as the image holds it. */
typedef struct lln_synapse_panel {
  const uint16_t *targets;
  const uint16_t *lengths; /* descending; 0 for an unused lane */
  const uint16_t *from;    /* [depth][LLN_PANEL] */
  const float *rows;       /* [depth][mu, sigma, w, we][LLN_PANEL] */
} lln_synapse_panel;

static lln_synapse_panel lln_panel_at(const unsigned char *data) {
  lln_synapse_panel panel;
  panel.targets = (const uint16_t *)(const void *)data;
  panel.lengths = panel.targets + LLN_PANEL;
  panel.from = panel.lengths + LLN_PANEL;
  panel.rows = (const float *)(const void *)(data + 32u + lln_round_up(16u * panel.lengths[0], LLN_IMAGE_ALIGNMENT));
  return panel;
}

#if LLN_WIDTH == 1u && LLN_LANES > 1u

/*
 * The lanes of a vector are targets. The sigmoids of so many rows are computed in one loop, where none waits for the
 * sums of another.
 */
#define LLN_ROWS 16u

/* How far the synapses of `rows` rows are open. */
LLN_INLINE void lln_open_rows(const uint16_t *restrict from, const float *restrict row, size_t rows,
                              const float *restrict v, float *restrict opening) {
  for (size_t k = 0; k < rows; k++) {
    for (size_t lane = 0; lane < LLN_PANEL; lane += LLN_LANES) {
      const lln_lanes distance = lln_gather(v, from + k * LLN_PANEL + lane) - lln_load(row + k * 4 * LLN_PANEL + lane);
      lln_store(opening + k * LLN_PANEL + lane, lln_load(row + (k * 4 + 1) * LLN_PANEL + lane) * distance);
    }
  }
  for (size_t i = 0; i < rows * LLN_PANEL; i++) opening[i] = lln_sigmoid(opening[i]);
}

/* The sums of a panel's targets, and how many synapses each has. */
typedef struct lln_currents {
  lln_lanes num[LLN_PARTS];
  lln_lanes den[LLN_PARTS];
  lln_counts lengths[LLN_PARTS];
} lln_currents;

/* Adds the k-th synapse to every lane that has one; a lane without keeps its sums untouched. */
LLN_INLINE void lln_add_row(uint32_t k, const float *restrict row, const float *restrict opening,
                            lln_currents *restrict sums) {
  for (size_t part = 0; part < LLN_PARTS; part++) {
    const size_t lane = part * LLN_LANES;
    const lln_lanes open = lln_load(opening + lane);
    const lln_lanes num = lln_fma_lanes(lln_load(row + 3 * LLN_PANEL + lane), open, sums->num[part]);
    const lln_lanes den = lln_fma_lanes(lln_load(row + 2 * LLN_PANEL + lane), open, sums->den[part]);
    sums->num[part] = lln_where_above(sums->lengths[part], k, num, sums->num[part]);
    sums->den[part] = lln_where_above(sums->lengths[part], k, den, sums->den[part]);
  }
}

LLN_INLINE lln_currents lln_load_sums(const lln_synapse_panel *panel, const float *num, const float *den) {
  lln_currents sums;
  uint16_t targets[LLN_PANEL];
  /* A lane that is not used has no target: what it loads is never stored. */
  for (size_t lane = 0; lane < LLN_PANEL; lane++) {
    targets[lane] = panel->lengths[lane] > 0 ? panel->targets[lane] : panel->targets[0];
  }
  for (size_t part = 0; part < LLN_PARTS; part++) {
    sums.num[part] = lln_gather(num, targets + part * LLN_LANES);
    sums.den[part] = lln_gather(den, targets + part * LLN_LANES);
    sums.lengths[part] = lln_load_counts(panel->lengths + part * LLN_LANES);
  }
  return sums;
}

LLN_INLINE void lln_store_sums(const lln_synapse_panel *panel, const lln_lanes *sums, float *to) {
  float values[LLN_PANEL];
  for (size_t part = 0; part < LLN_PARTS; part++) lln_store(values + part * LLN_LANES, sums[part]);
  for (size_t lane = 0; lane < LLN_PANEL && panel->lengths[lane] > 0; lane++) to[panel->targets[lane]] = values[lane];
}

LLN_HOT static void lln_add_panel(const lln_synapse_panel *panel, const float *v, float *num, float *den) {
  lln_currents sums = lln_load_sums(panel, num, den);
  float opening[LLN_ROWS * LLN_PANEL];
  const uint32_t depth = panel->lengths[0];
  for (uint32_t first = 0; first < depth; first += LLN_ROWS) {
    const uint32_t rows = depth - first < LLN_ROWS ? depth - first : LLN_ROWS;
    const float *row = panel->rows + (size_t)first * 4 * LLN_PANEL;
    lln_open_rows(panel->from + (size_t)first * LLN_PANEL, row, rows, v, opening);
    for (uint32_t k = 0; k < rows; k++) {
      lln_add_row(first + k, row + (size_t)k * 4 * LLN_PANEL, opening + (size_t)k * LLN_PANEL, &sums);
    }
  }
  lln_store_sums(panel, sums.num, num);
  lln_store_sums(panel, sums.den, den);
}

#else

/* The lanes of a vector, if there are any, are sessions: one target after the other, and none of its padding. */
LLN_HOT static void lln_add_panel(const lln_synapse_panel *panel, const float *v, float *num, float *den) {
  for (size_t lane = 0; lane < LLN_PANEL && panel->lengths[lane] > 0; lane++) {
    float *restrict num_of = num + (size_t)panel->targets[lane] * LLN_WIDTH;
    float *restrict den_of = den + (size_t)panel->targets[lane] * LLN_WIDTH;
    const uint16_t *from = panel->from + lane;
    const float *row = panel->rows + lane;
    for (size_t k = panel->lengths[lane]; k > 0; k--, from += LLN_PANEL, row += 4 * LLN_PANEL) {
      const float *restrict source = v + (size_t)*from * LLN_WIDTH;
      for (size_t s = 0; s < LLN_WIDTH; s++) {
        const float opening = lln_sigmoid(row[LLN_PANEL] * (source[s] - row[0]));
        num_of[s] = lln_fmaf(row[3 * LLN_PANEL], opening, num_of[s]);
        den_of[s] = lln_fmaf(row[2 * LLN_PANEL], opening, den_of[s]);
      }
    }
  }
}

#endif

LLN_LINKAGE void lln_add_currents(const lln_table *table, const float *v, float *num, float *den) {
  const uint32_t panels = *(const uint32_t *)(const void *)table->data;
  const unsigned char *data = table->data + LLN_IMAGE_ALIGNMENT;
  for (uint32_t i = 0; i < panels; i++) {
    const lln_synapse_panel panel = lln_panel_at(data);
    lln_add_panel(&panel, v, num, den);
    data = (const unsigned char *)(panel.rows + (size_t)4 * LLN_PANEL * panel.lengths[0]);
  }
}
