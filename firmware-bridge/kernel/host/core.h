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

extern const lln_core lln_core_portable;
extern const lln_core lln_core_fma;

/* dispatch.c: the builds that this processor can run, the best first. */
const lln_core *lln_core_at(int index);
int lln_core_count(void);

#endif
