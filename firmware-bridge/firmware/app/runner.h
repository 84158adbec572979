/* Runs networks: in place, in memory that is there from the start. */
#ifndef LLN_APP_RUNNER_H
#define LLN_APP_RUNNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lln/lln.h"

/* Values of a message's vectors. */
#define LLN_VECTOR_FLOATS 1024u

/* What is to be run. Rows of little-endian float32 at any alignment, as they stand in a message. */
typedef struct lln_run {
  const lln_network *network;
  float *state;
  uint32_t steps;
  const uint8_t *inputs;
  const uint8_t *time_steps; /* the network's default if NULL */
} lln_run;

typedef enum lln_run_result { LLN_RUN_OK, LLN_RUN_TOO_LONG, LLN_RUN_NOT_FINITE } lln_run_result;

typedef struct lln_run_outcome {
  const float *outputs; /* steps x outputs; until the next run */
  bool is_finite;       /* all of them */
  uint64_t cycles;      /* of the kernel, for all steps; 0 where nobody counts */
  uint64_t duration_us;
} lln_run_outcome;

/* All steps or, if a value is not finite or there are too many, none. Feeds the watchdog between steps. */
lln_run_result lln_runner_run(const lln_run *run, lln_run_outcome *outcome);

/* The mean cycles of `runs` steps over zeros, and of one table by itself: 0 for vectors, which are read on the way. */
uint64_t lln_runner_profile_step(const lln_network *network, uint32_t runs);
uint64_t lln_runner_profile_table(const lln_network *network, uint32_t table, uint32_t runs);

/* State of one call, all zero; and that of golden vectors, which goes on over several calls. */
float *lln_runner_state(const lln_network *network);
float *lln_runner_golden_state(void);

/* How many sessions there are for this network. */
uint32_t lln_runner_sessions(const lln_network *network);
float *lln_runner_session(const lln_network *network, uint32_t session);

void lln_runner_clear(float *state, const lln_network *network);

/* Every session begins anew. */
void lln_runner_clear_sessions(void);

#endif
