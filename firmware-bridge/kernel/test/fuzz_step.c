/*
 * A libFuzzer target over networks: the input chooses a cell, its sizes and options, and gives every weight. What is
 * made from it is always a valid image, which the kernel must accept and step without harm.
 */
#include <stdlib.h>
#include <string.h>

#include "../include/lln/lln.h"
#include "../src/kernel.h"
#include "exercise.h"

#define IMAGE_BYTES (1u << 18)

/* The input, and how much of it is used. After its end it begins again. */
typedef struct source {
  const uint8_t *data;
  size_t size;
  size_t at;
} source;

typedef struct writer {
  unsigned char *image;
  uint32_t cursor;
  uint32_t tables;
  source from;
} writer;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t take(source *from) { return from->data[from->at++ % from->size]; }

static uint32_t take_below(source *from, uint32_t limit) { return take(from) % limit; }

static void put_u16(writer *to, uint32_t at, uint32_t value) {
  const uint16_t word = (uint16_t)value;
  memcpy(to->image + at, &word, sizeof word);
}

static void put_u32(writer *to, uint32_t at, uint32_t value) { memcpy(to->image + at, &value, sizeof value); }

static void align(writer *to) { to->cursor = lln_round_up(to->cursor, LLN_IMAGE_ALIGNMENT); }

/* Any bit patterns: the kernel does not look at weights. */
static void put_floats(writer *to, uint32_t count) {
  for (uint32_t i = 0; i < 4 * count; i++) to->image[to->cursor++] = take(&to->from);
}

static void put_record(writer *to, uint32_t inputs, uint32_t outputs, uint32_t heads, uint32_t kind) {
  const uint32_t at = LLN_HEADER_BYTES + LLN_RECORD_BYTES * to->tables++;
  put_u32(to, at, to->cursor);
  put_u16(to, at + 4, inputs);
  put_u16(to, at + 6, outputs);
  put_u16(to, at + 8, heads);
  put_u16(to, at + 10, kind);
}

static void put_masked_panel(writer *to, uint32_t inputs) {
  const uint32_t start = to->cursor;
  uint32_t count = 0;
  for (uint32_t i = 0; i < inputs; i++) {
    if (take_below(&to->from, 2) == 1) put_u16(to, start + 4 + 2 * count++, i);
  }
  put_u32(to, start, count);
  to->cursor = start + 4 + 2 * count;
  align(to);
  put_floats(to, (1 + count) * LLN_PANEL);
}

static void put_matrix(writer *to, uint32_t inputs, uint32_t outputs, uint32_t heads) {
  const uint32_t panels = heads * lln_padded(outputs) / LLN_PANEL;
  const int is_masked = take_below(&to->from, 2) == 1;
  put_record(to, inputs, outputs, heads, is_masked ? LLN_TABLE_MASKED : LLN_TABLE_DENSE);
  for (uint32_t i = 0; i < panels; i++) {
    if (is_masked) {
      put_masked_panel(to, inputs);
    } else {
      put_floats(to, (1 + inputs) * LLN_PANEL);
    }
  }
}

static void put_vectors(writer *to, uint32_t outputs, uint32_t heads) {
  put_record(to, 0, outputs, heads, LLN_TABLE_VECTORS);
  put_floats(to, heads * lln_padded(outputs));
}

/* Descending numbers of synapses, from the highest target to the lowest. */
static void put_synapses(writer *to, uint32_t inputs, uint32_t units) {
  put_record(to, inputs, units, 1, LLN_TABLE_SYNAPSES);
  const uint32_t used = take_below(&to->from, units + 1);
  const uint32_t panels = lln_padded(used) / LLN_PANEL;
  put_u32(to, to->cursor, panels);
  to->cursor += LLN_IMAGE_ALIGNMENT;
  uint32_t length = inputs;
  for (uint32_t panel = 0; panel < panels; panel++) {
    const uint32_t start = to->cursor;
    uint32_t depth = 0;
    for (uint32_t lane = 0; lane < LLN_PANEL; lane++) {
      const uint32_t target = panel * LLN_PANEL + lane;
      length = 1 + take_below(&to->from, length);
      if (lane == 0) depth = length;
      put_u16(to, start + 2 * lane, target < used ? units - 1 - target : LLN_NO_TARGET);
      put_u16(to, start + 2 * (LLN_PANEL + lane), target < used ? length : 0);
    }
    for (uint32_t i = 0; i < depth * LLN_PANEL; i++) put_u16(to, start + 32 + 2 * i, take_below(&to->from, inputs));
    to->cursor = start + 32 + 2 * depth * LLN_PANEL;
    align(to);
    put_floats(to, 4 * depth * LLN_PANEL);
  }
}

static void put_heads(writer *to, uint32_t mode, uint32_t inputs, uint32_t units, uint32_t matrices) {
  if (mode == LLN_MODE_PURE) {
    put_matrix(to, inputs, units, 1);
    put_vectors(to, units, 2);
    return;
  }
  for (uint32_t i = 0; i < matrices; i++) put_matrix(to, inputs, units, 4 / matrices);
}

static void put_cfc(writer *to, uint32_t inputs, uint32_t units) {
  const uint32_t layers = take_below(&to->from, LLN_BACKBONE_LAYERS_MAX + 1);
  uint32_t width = inputs + units;
  to->image[17] = (unsigned char)take_below(&to->from, 3);
  to->image[18] = (unsigned char)(layers == 0 ? 0 : 1 + take_below(&to->from, 5));
  put_u16(to, 28, units);
  put_u16(to, 30, layers);
  for (uint32_t i = 0; i < layers; i++) {
    const uint32_t outputs = 1 + take_below(&to->from, 20);
    put_matrix(to, width, outputs, 1);
    width = outputs;
  }
  put_heads(to, to->image[17], width, units, 1);
}

static void put_wired_cfc(writer *to, uint32_t inputs, uint32_t units) {
  uint32_t left = units;
  uint32_t feed = inputs;
  uint32_t layers = 0;
  to->image[17] = (unsigned char)take_below(&to->from, 3);
  while (left > 0) {
    const uint32_t size = ++layers == LLN_WIRING_LAYERS_MAX ? left : 1 + take_below(&to->from, left);
    put_heads(to, to->image[17], feed + size, size, 2);
    put_u16(to, 26, units - left);
    put_u16(to, 28, size);
    left -= size;
    feed = size;
  }
  put_u16(to, 30, layers);
}

static void put_ltc(writer *to, uint32_t inputs, uint32_t units) {
  const uint32_t outputs = 1 + take_below(&to->from, units);
  const float epsilon = 1e-8f;
  to->image[19] |= (unsigned char)(take_below(&to->from, 4) * LLN_FLAG_INPUT_MAP);
  put_u16(to, 28, outputs);
  put_u16(to, 32, 1 + take_below(&to->from, 6));
  memcpy(to->image + 36, &epsilon, sizeof epsilon);
  if ((to->image[19] & LLN_FLAG_INPUT_MAP) != 0) put_vectors(to, inputs, 2);
  put_synapses(to, inputs, units);
  put_synapses(to, units, units);
  put_vectors(to, units, 3);
  if ((to->image[19] & LLN_FLAG_OUTPUT_MAP) != 0) put_vectors(to, outputs, 2);
}

static void put_gru(writer *to, uint32_t inputs, uint32_t units) {
  put_u16(to, 28, units);
  put_matrix(to, inputs, units, 3);
  put_matrix(to, units, units, 3);
}

static void put_cell(writer *to, uint32_t cell, uint32_t inputs, uint32_t units) {
  switch (cell) {
    case LLN_CELL_CFC: put_cfc(to, inputs, units); break;
    case LLN_CELL_WIRED_CFC: put_wired_cfc(to, inputs, units); break;
    case LLN_CELL_LTC: put_ltc(to, inputs, units); break;
    default: put_gru(to, inputs, units); break;
  }
}

/* The length of the image. The directory has room for all tables; an image may not, so the tables are moved down. */
static uint32_t build_image(writer *to) {
  const uint32_t cell = 1 + take_below(&to->from, 4);
  const uint32_t inputs = 1 + take_below(&to->from, 20);
  const uint32_t units = 1 + take_below(&to->from, 20);
  const float time_step = 1.0f;
  uint32_t flags = take_below(&to->from, 8);
  if (cell == LLN_CELL_GRU) flags &= ~(uint32_t)LLN_FLAG_MEMORY;
  to->image[16] = (unsigned char)cell;
  to->image[19] = (unsigned char)flags;
  if ((flags & LLN_FLAG_NORMALISATION) != 0) put_vectors(to, inputs, 2);
  if ((flags & LLN_FLAG_MEMORY) != 0) put_matrix(to, inputs + units, units, 4);
  put_cell(to, cell, inputs, units);
  uint16_t outputs;
  memcpy(&outputs, to->image + 28, sizeof outputs);
  if ((flags & LLN_FLAG_READOUT) != 0) {
    const uint32_t answers = 1 + take_below(&to->from, 20);
    put_matrix(to, outputs, answers, 1);
    outputs = (uint16_t)answers;
  }
  put_u16(to, 20, inputs);
  put_u16(to, 22, units);
  put_u16(to, 24, outputs);
  put_u16(to, 34, to->tables);
  memcpy(to->image + 40, &time_step, sizeof time_step);
  memcpy(to->image, "LNET\1\0\100", 8);
  return to->cursor;
}

static uint32_t first_table(uint32_t tables) {
  return lln_round_up(LLN_HEADER_BYTES + LLN_RECORD_BYTES * tables, LLN_IMAGE_ALIGNMENT);
}

/* Moves the tables to where the directory of `tables` records ends, and their offsets with them. */
static uint32_t close_gap(writer *to, uint32_t length) {
  const uint32_t from = first_table(LLN_TABLES_MAX);
  const uint32_t gap = from - first_table(to->tables);
  memmove(to->image + from - gap, to->image + from, length - from);
  for (uint32_t i = 0; i < to->tables; i++) {
    uint32_t offset;
    memcpy(&offset, to->image + LLN_HEADER_BYTES + LLN_RECORD_BYTES * i, sizeof offset);
    put_u32(to, LLN_HEADER_BYTES + LLN_RECORD_BYTES * i, offset - gap);
  }
  return length - gap;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0) return 0;
  writer to = {
      calloc(1, IMAGE_BYTES), first_table(LLN_TABLES_MAX), 0, {data, size, 0}
  };
  if (to.image == NULL) return 0;
  const uint32_t length = close_gap(&to, build_image(&to));
  /* Memory of exactly this size, so that sanitizers see every byte too many. */
  void *image = NULL;
  if (posix_memalign(&image, LLN_IMAGE_ALIGNMENT, length) != 0) abort();
  memcpy(image, to.image, length);
  free(to.image);
  lln_reseal(image, length);
  if (!lln_exercise(image, length)) abort();
  free(image);
  return 0;
}
