#include "kernel.h"

/* The walk through the directory. The first failure stays; after it nothing is read any more. */
typedef struct lln_walk {
  const unsigned char *image;
  uint32_t length;
  uint32_t cursor; /* where the next table must begin */
  uint32_t next;   /* index of the next record */
  uint64_t macs;
  uint32_t work_floats;
  lln_status status;
  lln_network *network;
} lln_walk;

static void lln_fail(lln_walk *walk, lln_status status) {
  if (walk->status == LLN_OK) walk->status = status;
}

static uint16_t lln_load_u16(const unsigned char *bytes) { return *(const uint16_t *)(const void *)bytes; }
static uint32_t lln_load_u32(const unsigned char *bytes) { return *(const uint32_t *)(const void *)bytes; }

static void lln_need_work(lln_walk *walk, uint32_t floats) {
  if (floats > walk->work_floats) walk->work_floats = floats;
}

/* The next record, whose table must begin exactly where the one before ended. NULL after a failure. */
static const lln_table *lln_take(lln_walk *walk) {
  if (walk->status != LLN_OK) return NULL;
  if (walk->next >= walk->network->table_count) {
    lln_fail(walk, LLN_ERROR_DIRECTORY);
    return NULL;
  }
  const unsigned char *record = walk->image + LLN_HEADER_BYTES + (size_t)walk->next * LLN_RECORD_BYTES;
  lln_table *table = &walk->network->tables[walk->next++];
  table->data = walk->image + walk->cursor;
  table->inputs = lln_load_u16(record + 4);
  table->outputs = lln_load_u16(record + 6);
  table->heads = lln_load_u16(record + 8);
  table->kind = lln_load_u16(record + 10);
  if (lln_load_u32(record) != walk->cursor || lln_load_u32(record + 12) != 0) lln_fail(walk, LLN_ERROR_DIRECTORY);
  return walk->status == LLN_OK ? table : NULL;
}

/* Checks the content of a table whose shape was found right, and moves on behind it. */
static void lln_accept(lln_walk *walk, const lln_table *table, uint32_t repeats) {
  lln_extent extent = {0, 0};
  const lln_status status = lln_check_table(table, walk->length - walk->cursor, &extent);
  if (status != LLN_OK) {
    lln_fail(walk, status);
    return;
  }
  walk->cursor += extent.bytes;
  walk->macs += (uint64_t)extent.macs * repeats;
}

/* A dense or masked table of `heads` heads. `outputs` 0 leaves their size to the table. Returns it, 0 on failure. */
static uint32_t lln_take_matrix(lln_walk *walk, uint32_t inputs, uint32_t outputs, uint32_t heads) {
  const lln_table *table = lln_take(walk);
  if (table == NULL) return 0;
  const bool is_matrix = table->kind == LLN_TABLE_DENSE || table->kind == LLN_TABLE_MASKED;
  const uint32_t wanted = outputs == 0 ? table->outputs : outputs;
  if (!is_matrix || table->inputs != inputs || table->heads != heads || table->outputs != wanted || wanted == 0 ||
      wanted > LLN_UNITS_MAX) {
    lln_fail(walk, LLN_ERROR_DIRECTORY);
    return 0;
  }
  lln_accept(walk, table, 1);
  lln_need_work(walk, lln_padded(inputs));
  lln_need_work(walk, heads * lln_padded(wanted));
  return wanted;
}

static void lln_take_vectors(lln_walk *walk, uint32_t count, uint32_t heads) {
  const lln_table *table = lln_take(walk);
  if (table == NULL) return;
  if (table->kind != LLN_TABLE_VECTORS || table->inputs != 0 || table->outputs != count || table->heads != heads) {
    lln_fail(walk, LLN_ERROR_DIRECTORY);
    return;
  }
  lln_accept(walk, table, 1);
}

static void lln_take_synapses(lln_walk *walk, uint32_t from, uint32_t repeats) {
  const lln_table *table = lln_take(walk);
  if (table == NULL) return;
  if (table->kind != LLN_TABLE_SYNAPSES || table->inputs != from || table->outputs != walk->network->units ||
      table->heads != 1) {
    lln_fail(walk, LLN_ERROR_DIRECTORY);
    return;
  }
  lln_accept(walk, table, repeats);
}

static void lln_walk_heads(lln_walk *walk, uint32_t inputs, uint32_t outputs, uint32_t matrices) {
  if (walk->network->mode == LLN_MODE_PURE) {
    lln_take_matrix(walk, inputs, outputs, 1);
    lln_take_vectors(walk, outputs, 2);
  } else {
    for (uint32_t i = 0; i < matrices; i++) lln_take_matrix(walk, inputs, outputs, 4 / matrices);
  }
  walk->macs += 4u * LLN_ACTIVATION_MACS * (uint64_t)outputs;
  lln_need_work(walk, 4 * lln_padded(outputs));
}

static void lln_walk_cfc(lln_walk *walk) {
  const lln_network *n = walk->network;
  uint32_t width = (uint32_t)n->input_size + n->units;
  for (uint32_t i = 0; i < n->layers && walk->status == LLN_OK; i++) {
    width = lln_take_matrix(walk, width, 0, 1);
    walk->macs += LLN_ACTIVATION_MACS * (uint64_t)width;
  }
  lln_walk_heads(walk, width, n->units, 1);
  if (n->cell_output_start != 0 || n->cell_output_size != n->units) lln_fail(walk, LLN_ERROR_HEADER);
}

/* The layers' sizes stand in their first tables only; together they must make up the units. */
static void lln_walk_wired_cfc(lln_walk *walk) {
  const lln_network *n = walk->network;
  uint32_t feed = n->input_size;
  uint32_t start = 0;
  uint32_t outputs = 0;
  for (uint32_t i = 0; i < n->layers && walk->status == LLN_OK; i++) {
    if (walk->next >= n->table_count) {
      lln_fail(walk, LLN_ERROR_DIRECTORY);
      return;
    }
    start += outputs;
    outputs = lln_load_u16(walk->image + LLN_HEADER_BYTES + (size_t)walk->next * LLN_RECORD_BYTES + 6);
    if (outputs == 0 || outputs > n->units - start) lln_fail(walk, LLN_ERROR_DIRECTORY);
    lln_walk_heads(walk, feed + outputs, outputs, 2);
    lln_need_work(walk, lln_padded(n->units + LLN_PANEL) + lln_padded(feed + outputs + LLN_PANEL));
    feed = outputs;
  }
  if (start + outputs != n->units) lln_fail(walk, LLN_ERROR_DIRECTORY);
  if (n->cell_output_start != start || n->cell_output_size != outputs) lln_fail(walk, LLN_ERROR_HEADER);
}

static void lln_walk_ltc(lln_walk *walk) {
  const lln_network *n = walk->network;
  if (lln_has(n, LLN_FLAG_INPUT_MAP)) lln_take_vectors(walk, n->input_size, 2);
  lln_take_synapses(walk, n->input_size, 1);
  lln_take_synapses(walk, n->units, n->unfolds);
  lln_take_vectors(walk, n->units, 3);
  if (lln_has(n, LLN_FLAG_OUTPUT_MAP)) lln_take_vectors(walk, n->cell_output_size, 2);
  walk->macs += 4u * (uint64_t)n->unfolds * n->units;
  lln_need_work(walk, 5 * lln_padded(n->units));
  if (n->cell_output_start != 0) lln_fail(walk, LLN_ERROR_HEADER);
}

static void lln_walk_gru(lln_walk *walk) {
  const lln_network *n = walk->network;
  lln_take_matrix(walk, n->input_size, n->units, 3);
  lln_take_matrix(walk, n->units, n->units, 3);
  walk->macs += 4u * LLN_ACTIVATION_MACS * (uint64_t)n->units;
  lln_need_work(walk, 6 * lln_padded(n->units));
  if (n->cell_output_start != 0 || n->cell_output_size != n->units) lln_fail(walk, LLN_ERROR_HEADER);
}

static void lln_walk_cell(lln_walk *walk) {
  switch (walk->network->cell) {
    case LLN_CELL_CFC: lln_walk_cfc(walk); break;
    case LLN_CELL_WIRED_CFC: lln_walk_wired_cfc(walk); break;
    case LLN_CELL_LTC: lln_walk_ltc(walk); break;
    default: lln_walk_gru(walk); break;
  }
}

static void lln_walk_tables(lln_walk *walk) {
  const lln_network *n = walk->network;
  if (lln_has(n, LLN_FLAG_NORMALISATION)) lln_take_vectors(walk, n->input_size, 2);
  if (lln_has(n, LLN_FLAG_MEMORY)) {
    lln_take_matrix(walk, (uint32_t)n->input_size + n->units, n->units, 4);
    walk->macs += 5u * LLN_ACTIVATION_MACS * (uint64_t)n->units;
  }
  lln_walk_cell(walk);
  if (lln_has(n, LLN_FLAG_READOUT)) lln_take_matrix(walk, n->cell_output_size, n->output_size, 1);
  lln_need_work(walk, lln_padded(n->cell_output_size));
}

LLN_LINKAGE lln_status lln_open_tables(const unsigned char *image, uint32_t length, lln_network *network) {
  const uint32_t directory_end = LLN_HEADER_BYTES + (uint32_t)network->table_count * LLN_RECORD_BYTES;
  const uint32_t first = lln_round_up(directory_end, LLN_IMAGE_ALIGNMENT);
  if (first > length) return LLN_ERROR_DIRECTORY;
  for (uint32_t i = directory_end; i < first; i++) {
    if (image[i] != 0) return LLN_ERROR_DIRECTORY;
  }
  lln_walk walk = {image, length, first, 0, 0, 0, LLN_OK, network};
  lln_walk_tables(&walk);
  if (walk.status != LLN_OK) return walk.status;
  if (walk.next != network->table_count || walk.cursor != length) return LLN_ERROR_DIRECTORY;
  if (walk.macs > LLN_MACS_PER_STEP_MAX) return LLN_ERROR_TOO_MUCH_WORK;
  network->work_floats = walk.work_floats;
  network->macs_per_step = (uint32_t)walk.macs;
  return LLN_OK;
}
