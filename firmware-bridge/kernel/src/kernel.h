/* What the kernel's files share: the image's constants and the parts of a step. */
#ifndef LLN_KERNEL_H
#define LLN_KERNEL_H

#include "../include/lln/lln.h"
#include "arithmetic.h"

#define LLN_PANEL 8u
#define LLN_HEADER_BYTES 64u
#define LLN_RECORD_BYTES 16u
#define LLN_NO_TARGET 0xFFFFu
/* What an activation counts for in the work of a step. */
#define LLN_ACTIVATION_MACS 16u
/* An LTC's neurons are at a standstill over any shorter time: far less than one rounding would move. */
#define LLN_LTC_TIME_STEP_MIN 1e-30f

/*
 * Sessions that are stepped side by side, over one pass through the weights. Every value of a step's memory stands
 * there once for each of them: the value of session s is at [i * LLN_WIDTH + s]. A build for batches sets it to what
 * fills a vector register.
 */
#ifndef LLN_WIDTH
#define LLN_WIDTH 1u
#endif

/* Where a board's fast memory for code is: the loops over weights and the activations. */
#ifndef LLN_HOT
#define LLN_HOT
#endif

#define LLN_INLINE static inline __attribute__((always_inline))

enum lln_cell { LLN_CELL_CFC = 1, LLN_CELL_WIRED_CFC = 2, LLN_CELL_LTC = 3, LLN_CELL_GRU = 4 };
enum lln_mode { LLN_MODE_DEFAULT = 0, LLN_MODE_NO_GATE = 1, LLN_MODE_PURE = 2 };
enum lln_activation {
  LLN_ACTIVATION_NONE = 0,
  LLN_ACTIVATION_LECUN_TANH = 1,
  LLN_ACTIVATION_TANH = 2,
  LLN_ACTIVATION_RELU = 3,
  LLN_ACTIVATION_SILU = 4,
  LLN_ACTIVATION_GELU = 5
};
enum lln_flag {
  LLN_FLAG_NORMALISATION = 1,
  LLN_FLAG_MEMORY = 2,
  LLN_FLAG_READOUT = 4,
  LLN_FLAG_INPUT_MAP = 8,
  LLN_FLAG_OUTPUT_MAP = 16,
  LLN_FLAGS_ALL = 31
};
enum lln_table_kind { LLN_TABLE_DENSE = 1, LLN_TABLE_MASKED = 2, LLN_TABLE_VECTORS = 3, LLN_TABLE_SYNAPSES = 4 };

static inline uint32_t lln_round_up(uint32_t value, uint32_t multiple) {
  return (value + multiple - 1u) / multiple * multiple;
}

static inline uint32_t lln_padded(uint32_t count) { return lln_round_up(count, LLN_PANEL); }

static inline bool lln_has(const lln_network *network, enum lln_flag flag) {
  return (network->flags & (uint8_t)flag) != 0;
}

/* One head of vectors table `table`: `outputs` values, padded to whole panels. */
static inline const float *lln_vector(const lln_table *table, uint32_t head) {
  return (const float *)(const void *)table->data + (size_t)head * lln_padded(table->outputs);
}

static inline void lln_copy(float *restrict to, const float *restrict from, size_t count) {
  for (size_t i = 0; i < count; i++) to[i] = from[i];
}

/* to = from * scale + shift, over the two heads of a vectors table. */
static inline void lln_map(const lln_table *map, const float *from, float *to, size_t count) {
  const float *scale = lln_vector(map, 0);
  const float *shift = lln_vector(map, 1);
  for (size_t i = 0; i < count; i++) {
    for (size_t s = 0; s < LLN_WIDTH; s++) {
      to[i * LLN_WIDTH + s] = lln_fmaf(from[i * LLN_WIDTH + s], scale[i], shift[i]);
    }
  }
}

/* The memory of one step. All of it is aligned; `work_a` and `work_b` hold network->work_floats each. */
typedef struct lln_step_memory {
  const float *time_step; /* one for each session */
  float *input;           /* normalised, and mapped if the cell maps its inputs */
  float *hidden;          /* the state that the cell starts from, then the one that it ends with */
  float *work_a;
  float *work_b;
} lln_step_memory;

/* step.c: divides `scratch` up. Its size in floats is lln_scratch_floats(network). */
LLN_LINKAGE size_t lln_scratch_floats(const lln_network *network);
LLN_LINKAGE lln_step_memory lln_divide_scratch(const lln_network *network, float *scratch);

/* step.c: one step of LLN_WIDTH sessions. `input` may not overlap anything; `state` and `output` are written. */
LLN_LINKAGE void lln_advance(const lln_network *network, const lln_step_memory *memory, float *state,
                             const float *input, float *output);

/* sequence.c: whether steps may begin with these. */
LLN_LINKAGE lln_status lln_check_rows(const lln_network *network, size_t rows, const float *inputs,
                                      const float *time_steps);

/* crc32.c: the CRC-32 of zlib over `length` bytes, continued from `crc`. */
LLN_LINKAGE uint32_t lln_crc32(uint32_t crc, const unsigned char *bytes, size_t length);

/* check_table.c: what a table of the given shape occupies, in bytes, and costs, in multiply-accumulates. */
typedef struct lln_extent {
  uint32_t bytes;
  uint32_t macs;
} lln_extent;
LLN_LINKAGE lln_status lln_check_table(const lln_table *table, uint32_t room, lln_extent *extent);

/* open_tables.c: checks the directory against what the header promises, and fills in network->tables. */
LLN_LINKAGE lln_status lln_open_tables(const unsigned char *image, uint32_t length, lln_network *network);

/* matrix.c: all heads of a dense or masked table over x, each padded to whole panels: y[heads][padded outputs]. */
LLN_LINKAGE void lln_apply_matrix(const lln_table *table, const float *x, float *y);

/* synapses.c: adds the currents of a synapse table over the potentials `v` to `num` and `den`. */
LLN_LINKAGE void lln_add_currents(const lln_table *table, const float *v, float *num, float *den);

/* activation.c: in place over `count` values. */
LLN_LINKAGE void lln_activate(uint8_t activation, float *values, size_t count);

/* The cells: from memory->input and the state in memory->hidden to the new one in its place; `tables` are theirs. */
LLN_LINKAGE void lln_cfc_step(const lln_network *network, const lln_table *tables, const lln_step_memory *memory);
LLN_LINKAGE void lln_wired_cfc_step(const lln_network *network, const lln_table *tables, const lln_step_memory *memory);
LLN_LINKAGE void lln_ltc_step(const lln_network *network, const lln_table *tables, const lln_step_memory *memory);
LLN_LINKAGE void lln_gru_step(const lln_network *network, const lln_table *tables, const lln_step_memory *memory);

/* memory.c: the LSTM in front of the cell: from input and state to memory->hidden and the new `cell_memory`. */
LLN_LINKAGE void lln_memory_step(const lln_network *network, const lln_table *table, const lln_step_memory *memory,
                                 const float *state, float *cell_memory);

#endif
