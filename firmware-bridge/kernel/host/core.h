/* The kernel's functions as one table, so that a host can hold several builds of the same source. */
#ifndef LLN_HOST_CORE_H
#define LLN_HOST_CORE_H

#include "../include/lln/lln.h"

typedef struct lln_core {
  const char *name;
  lln_status (*open)(const void *image, size_t length, lln_network *network);
  size_t (*scratch_bytes)(const lln_network *network);
  size_t (*state_floats)(const lln_network *network);
  uint32_t (*macs_per_step)(const lln_network *network);
  lln_status (*step)(const lln_network *network, float *state, void *scratch, const float *input, float time_step,
                     float *output);
  lln_status (*sequence)(const lln_network *network, float *state, void *scratch, size_t steps, const float *inputs,
                         const float *time_steps, float *outputs);
  const char *(*status_name)(int status);
} lln_core;

/* The same for steps of many sessions at once. */
typedef struct lln_batch_core {
  size_t (*scratch_bytes)(const lln_network *network);
  lln_status (*step)(const lln_network *network, size_t sessions, float *states, void *scratch, const float *inputs,
                     const float *time_steps, float *outputs);
} lln_batch_core;

/* What runs on one kind of processor. */
typedef struct lln_build {
  const lln_core *core;
  const lln_batch_core *batch;
} lln_build;

extern const lln_core lln_core_portable;
extern const lln_batch_core lln_batch_portable;
extern const lln_core lln_core_fma;
extern const lln_batch_core lln_batch_fma;
extern const lln_core lln_core_avx512;
extern const lln_batch_core lln_batch_avx512;

/* dispatch.c: the index-th build that this processor can run, the best first; NULL after the last. */
const lln_build *lln_build_at(int index);

#endif
