/* Sessions of one network, stepped one by one and as batches: both must give the same bits. */
#ifndef LLN_TEST_IDENTITY_BATCH_H
#define LLN_TEST_IDENTITY_BATCH_H

#include "identity.h"

/* What a network is run with: rows of input_size inputs, one time step each. */
typedef struct lln_identity_set {
  const lln_network *network;
  const float *start; /* a state */
  const float *time_steps;
  const float *inputs;
  uint32_t steps;
} lln_identity_set;

/* Digests what the sessions of `set` give. Returns NULL, or what is wrong. `scratch` is aligned to 32 bytes. */
const char *lln_identity_batch(const lln_identity_set *set, void *scratch, size_t scratch_bytes, lln_digest *digest);

#endif
