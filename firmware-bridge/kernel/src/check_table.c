#include "kernel.h"

/* Sizes are computed in 64 bits: 4 heads x 512 panels x 8193 rows of 32 bytes exceed 32. */
static lln_status lln_fit(uint64_t bytes, uint64_t macs, uint32_t room, lln_extent *extent) {
  if (bytes > room) return LLN_ERROR_TABLE;
  extent->bytes = (uint32_t)bytes;
  extent->macs = (uint32_t)macs;
  return LLN_OK;
}

static uint64_t lln_panels_of(const lln_table *table) {
  return (uint64_t)table->heads * (lln_padded(table->outputs) / LLN_PANEL);
}

static lln_status lln_check_dense(const lln_table *table, uint32_t room, lln_extent *extent) {
  const uint64_t panels = lln_panels_of(table);
  return lln_fit(panels * (1u + (uint64_t)table->inputs) * LLN_PANEL * sizeof(float),
                 panels * table->inputs * LLN_PANEL, room, extent);
}

/* Ascending columns below `inputs`, and zeros up to the next aligned byte. */
static bool lln_has_valid_columns(const uint16_t *columns, uint32_t count, uint32_t padded_count, uint32_t inputs) {
  for (uint32_t i = 0; i < count; i++) {
    if (columns[i] >= inputs || (i > 0 && columns[i] <= columns[i - 1])) return false;
  }
  for (uint32_t i = count; i < padded_count; i++) {
    if (columns[i] != 0) return false;
  }
  return true;
}

static lln_status lln_check_masked(const lln_table *table, uint32_t room, lln_extent *extent) {
  const uint64_t panels = lln_panels_of(table);
  uint32_t used = 0;
  uint64_t macs = 0;
  for (uint64_t panel = 0; panel < panels; panel++) {
    if (room - used < LLN_IMAGE_ALIGNMENT) return LLN_ERROR_TABLE;
    const unsigned char *data = table->data + used;
    const uint32_t count = *(const uint32_t *)(const void *)data;
    if (count > table->inputs) return LLN_ERROR_TABLE;
    const uint32_t list_bytes = lln_round_up(4u + 2u * count, LLN_IMAGE_ALIGNMENT);
    const uint32_t bytes = list_bytes + (1u + count) * LLN_PANEL * (uint32_t)sizeof(float);
    if (bytes > room - used) return LLN_ERROR_TABLE;
    const uint16_t *columns = (const uint16_t *)(const void *)(data + 4);
    if (!lln_has_valid_columns(columns, count, (list_bytes - 4u) / 2u, table->inputs)) return LLN_ERROR_TABLE;
    used += bytes;
    macs += (uint64_t)count * LLN_PANEL;
  }
  return lln_fit(used, macs, room, extent);
}

static lln_status lln_check_vectors(const lln_table *table, uint32_t room, lln_extent *extent) {
  const uint64_t floats = (uint64_t)table->heads * lln_padded(table->outputs);
  return lln_fit(floats * sizeof(float), floats, room, extent);
}

/* Whether `row` already is a target of one of the panels before `end`, or of an earlier lane of it. */
static bool lln_is_target_taken(const unsigned char *panels, const unsigned char *end, uint32_t lanes, uint16_t row) {
  for (const unsigned char *panel = panels; panel < end;) {
    const uint16_t *rows = (const uint16_t *)(const void *)panel;
    for (uint32_t lane = 0; lane < LLN_PANEL; lane++) {
      if (rows[lane] == row) return true;
    }
    const uint32_t depth = rows[LLN_PANEL];
    panel += 32u + lln_round_up(16u * depth, LLN_IMAGE_ALIGNMENT) + 128u * depth;
  }
  const uint16_t *rows = (const uint16_t *)(const void *)end;
  for (uint32_t lane = 0; lane < lanes; lane++) {
    if (rows[lane] == row) return true;
  }
  return false;
}

/* Targets below `outputs`, each once, by descending number of synapses; unused lanes last and without synapses. */
static bool lln_has_valid_lanes(const lln_table *table, const unsigned char *panels, const unsigned char *panel,
                                uint32_t *previous) {
  const uint16_t *rows = (const uint16_t *)(const void *)panel;
  const uint16_t *lengths = rows + LLN_PANEL;
  for (uint32_t lane = 0; lane < LLN_PANEL; lane++) {
    if (lengths[lane] > *previous) return false;
    *previous = lengths[lane];
    if (rows[lane] == LLN_NO_TARGET) {
      if (lengths[lane] != 0) return false;
    } else if (rows[lane] >= table->outputs || lengths[lane] == 0 ||
               lln_is_target_taken(panels, panel, lane, rows[lane])) {
      return false;
    }
  }
  return lengths[0] != 0;
}

static bool lln_has_valid_sources(const uint16_t *from, uint32_t depth, uint32_t inputs) {
  const uint32_t used = depth * LLN_PANEL;
  const uint32_t padded = lln_round_up(16u * depth, LLN_IMAGE_ALIGNMENT) / 2u;
  for (uint32_t i = 0; i < used; i++) {
    if (from[i] >= inputs) return false;
  }
  for (uint32_t i = used; i < padded; i++) {
    if (from[i] != 0) return false;
  }
  return true;
}

/* A head of 32 bytes: the number of panels, then zeros. */
static bool lln_has_valid_synapse_head(const lln_table *table) {
  const uint32_t *words = (const uint32_t *)(const void *)table->data;
  for (uint32_t i = 1; i < LLN_IMAGE_ALIGNMENT / 4u; i++) {
    if (words[i] != 0) return false;
  }
  return words[0] <= lln_padded(table->outputs) / LLN_PANEL;
}

static lln_status lln_check_synapses(const lln_table *table, uint32_t room, lln_extent *extent) {
  if (room < LLN_IMAGE_ALIGNMENT || !lln_has_valid_synapse_head(table)) return LLN_ERROR_TABLE;
  const uint32_t panels = *(const uint32_t *)(const void *)table->data;
  const unsigned char *first = table->data + LLN_IMAGE_ALIGNMENT;
  uint32_t used = LLN_IMAGE_ALIGNMENT;
  uint32_t previous = table->inputs;
  uint64_t macs = 0;
  for (uint32_t i = 0; i < panels; i++) {
    const unsigned char *panel = table->data + used;
    if (room - used < 32u || !lln_has_valid_lanes(table, first, panel, &previous)) return LLN_ERROR_TABLE;
    const uint32_t depth = ((const uint16_t *)(const void *)panel)[LLN_PANEL];
    const uint32_t bytes = 32u + lln_round_up(16u * depth, LLN_IMAGE_ALIGNMENT) + 128u * depth;
    const uint16_t *from = (const uint16_t *)(const void *)(panel + 32u);
    if (bytes > room - used || !lln_has_valid_sources(from, depth, table->inputs)) return LLN_ERROR_TABLE;
    used += bytes;
    macs += (2u + LLN_ACTIVATION_MACS) * LLN_PANEL * (uint64_t)depth;
  }
  return lln_fit(used, macs, room, extent);
}

LLN_LINKAGE lln_status lln_check_table(const lln_table *table, uint32_t room, lln_extent *extent) {
  switch (table->kind) {
    case LLN_TABLE_DENSE: return lln_check_dense(table, room, extent);
    case LLN_TABLE_MASKED: return lln_check_masked(table, room, extent);
    case LLN_TABLE_VECTORS: return lln_check_vectors(table, room, extent);
    case LLN_TABLE_SYNAPSES: return lln_check_synapses(table, room, extent);
    default: return LLN_ERROR_DIRECTORY;
  }
}
