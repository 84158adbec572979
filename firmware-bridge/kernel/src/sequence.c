#include "arithmetic.h"
#include "kernel.h"

LLN_LINKAGE lln_status lln_check_row(const lln_network *network, const float *input, float time_step) {
  uint32_t finite = 1;
  for (size_t i = 0; i < network->input_size; i++) finite &= lln_is_finite(input[i]);
  if (finite == 0) return LLN_ERROR_INPUT;
  return lln_is_finite(time_step) && time_step >= 0.0f ? LLN_OK : LLN_ERROR_TIME_STEP;
}

/* A build for batches has no steps of one session. */
#if LLN_WIDTH == 1u

LLN_LINKAGE uint32_t lln_macs_per_step(const lln_network *network) { return network->macs_per_step; }

LLN_LINKAGE size_t lln_scratch_bytes(const lln_network *network) { return lln_scratch_floats(network) * sizeof(float); }

LLN_LINKAGE lln_status lln_step(const lln_network *network, float *state, void *scratch, const float *input,
                                float time_step, float *output) {
  return lln_sequence(network, state, scratch, 1, input, &time_step, output);
}

LLN_LINKAGE lln_status lln_sequence(const lln_network *network, float *state, void *scratch, size_t steps,
                                    const float *inputs, const float *time_steps, float *outputs) {
  if (network == NULL || state == NULL || scratch == NULL || inputs == NULL || time_steps == NULL ||
      outputs == NULL) {
    return LLN_ERROR_ARGUMENT;
  }
  if ((uintptr_t)scratch % LLN_IMAGE_ALIGNMENT != 0) return LLN_ERROR_ALIGNMENT;
  for (size_t step = 0; step < steps; step++) {
    const lln_status status = lln_check_row(network, inputs + step * network->input_size, time_steps[step]);
    if (status != LLN_OK) return status;
  }
  lln_step_memory memory = lln_divide_scratch(network, scratch);
  for (size_t step = 0; step < steps; step++) {
    memory.time_step = time_steps + step;
    lln_advance(network, &memory, state, inputs + step * network->input_size, outputs + step * network->output_size);
  }
  return LLN_OK;
}

#endif
