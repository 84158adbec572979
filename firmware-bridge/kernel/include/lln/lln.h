/*
 * The liquid-lln kernel: runs network images (docs/spec/network-image.md) in place, from flash or from memory.
 *
 * C11, freestanding. No allocation, no globals, no I/O, no libm: the caller brings the image, the state and the scratch
 * memory. The same image and the same inputs give the same bits on every target
 * (docs/decisions/0003-kernel-arithmetic.md). Different threads may run one network at the same time, each with a state
 * and a scratch of its own.
 */
#ifndef LLN_LLN_H
#define LLN_LLN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* `static` where all of the kernel is compiled as one unit, nothing where its files are linked. */
#ifndef LLN_LINKAGE
#define LLN_LINKAGE
#endif

#define LLN_VERSION "1.0.0"
/* The version of the image layout and of the arithmetic behind it. */
#define LLN_ABI 1

#define LLN_IMAGE_ALIGNMENT 32u
#define LLN_IMAGE_BYTES_MAX (16u * 1024u * 1024u)
#define LLN_INPUTS_MAX 4096u
#define LLN_UNITS_MAX 4096u
#define LLN_OUTPUTS_MAX 4096u
#define LLN_BACKBONE_LAYERS_MAX 3u
#define LLN_WIRING_LAYERS_MAX 8u
#define LLN_UNFOLDS_MAX 256u
/* An image that needs more work than this in one step is refused. */
#define LLN_MACS_PER_STEP_MAX (1u << 26)
/* normalisation, memory, two tables for each layer of a wiring, readout */
#define LLN_TABLES_MAX (3u + 2u * LLN_WIRING_LAYERS_MAX)

/* 0 is success, every failure is negative. */
typedef enum lln_status {
  LLN_OK = 0,
  LLN_ERROR_ARGUMENT = -1,
  LLN_ERROR_ALIGNMENT = -2,
  LLN_ERROR_TRUNCATED = -3,
  LLN_ERROR_MAGIC = -4,
  LLN_ERROR_ABI = -5,
  LLN_ERROR_LENGTH = -6,
  LLN_ERROR_CHECKSUM = -7,
  LLN_ERROR_HEADER = -8,
  LLN_ERROR_DIRECTORY = -9,
  LLN_ERROR_TABLE = -10,
  LLN_ERROR_TOO_MUCH_WORK = -11,
  LLN_ERROR_INPUT = -12,
  LLN_ERROR_TIME_STEP = -13,
  LLN_ERROR_MEMORY = -14
} lln_status;

/* One table of an image, as the directory names it. Filled in by lln_open. */
typedef struct lln_table {
  const unsigned char *data;
  uint16_t inputs;
  uint16_t outputs;
  uint16_t heads;
  uint16_t kind;
} lln_table;

/* An opened image. The caller provides the memory and leaves the fields alone; it must not outlive the image. */
typedef struct lln_network {
  lln_table tables[LLN_TABLES_MAX];
  float epsilon;
  float default_time_step;
  uint32_t work_floats;
  uint32_t macs_per_step;
  uint16_t input_size;
  uint16_t units;
  uint16_t output_size;
  uint16_t cell_output_start;
  uint16_t cell_output_size;
  uint16_t layers;
  uint16_t unfolds;
  uint16_t table_count;
  uint8_t cell;
  uint8_t mode;
  uint8_t activation;
  uint8_t flags;
} lln_network;

/*
 * Checks every field of `image` and prepares `network` to run it in place. The image must stay where it is, unchanged,
 * for as long as the network is used. `image` is aligned to LLN_IMAGE_ALIGNMENT. Nothing is written but `network`,
 * whose content is undefined after a failure.
 */
LLN_LINKAGE lln_status lln_open(const void *image, size_t length, lln_network *network);

/* Bytes of scratch memory, aligned to LLN_IMAGE_ALIGNMENT, that one step needs. Its content does not matter. */
LLN_LINKAGE size_t lln_scratch_bytes(const lln_network *network);

/* Floats of state: `units`, and `units` more for the memory of an LSTM. All zero is the initial state. */
LLN_LINKAGE size_t lln_state_floats(const lln_network *network);

/* Upper bound on the multiply-accumulates of one step; an activation counts as 16. */
LLN_LINKAGE uint32_t lln_macs_per_step(const lln_network *network);

/*
 * Advances `state` by one time step.
 *
 * `input` holds input_size finite values, `time_step` is finite and not negative, in the unit the network was trained
 * with; `output` receives output_size values. A NaN that leaves the kernel, in output or state, is always 0x7FC00000.
 * On failure nothing was written. `output` may not overlap `input`.
 */
LLN_LINKAGE lln_status lln_step(const lln_network *network, float *state, void *scratch, const float *input,
                                float time_step, float *output);

/* Advances `state` by `steps` time steps: rows of input_size inputs, a time step each, rows of output_size outputs. */
LLN_LINKAGE lln_status lln_sequence(const lln_network *network, float *state, void *scratch, size_t steps,
                                    const float *inputs, const float *time_steps, float *outputs);

/* Bytes of scratch memory that lln_step_batch needs, aligned to LLN_IMAGE_ALIGNMENT. */
LLN_LINKAGE size_t lln_batch_scratch_bytes(const lln_network *network);

/*
 * Advances `sessions` independent states by one step each: rows of lln_state_floats floats of state, of input_size
 * inputs and of output_size outputs, and one time step each. The same bits as lln_step for each of them; a build that
 * is made for it reads the weights once for several sessions. On failure nothing was written.
 */
LLN_LINKAGE lln_status lln_step_batch(const lln_network *network, size_t sessions, float *states, void *scratch,
                                      const float *inputs, const float *time_steps, float *outputs);

/* The name of a status, for messages; "unknown" for anything else. */
LLN_LINKAGE const char *lln_status_name(int status);

#endif
