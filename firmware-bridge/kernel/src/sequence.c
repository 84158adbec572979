#include "arithmetic.h"
#include "kernel.h"

LLN_LINKAGE lln_status lln_check_rows(const lln_network *network, size_t rows, const float *inputs,
                                      const float *time_steps) {
  const size_t count = rows * network->input_size;
  uint32_t valid = 1;
  for (size_t i = 0; i < count; i++) valid &= lln_is_finite(inputs[i]);
  if (valid == 0) return LLN_ERROR_INPUT;
  for (size_t i = 0; i < rows; i++) valid &= lln_is_finite(time_steps[i]) && time_steps[i] >= 0.0f;
  return valid == 0 ? LLN_ERROR_TIME_STEP : LLN_OK;
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
  if (network == NULL || state == NULL || scratch == NULL || inputs == NULL || time_steps == NULL || outputs == NULL) {
    return LLN_ERROR_ARGUMENT;
  }
  if ((uintptr_t)scratch % LLN_IMAGE_ALIGNMENT != 0) return LLN_ERROR_ALIGNMENT;
  const lln_status status = lln_check_rows(network, steps, inputs, time_steps);
  if (status != LLN_OK) return status;
  lln_step_memory memory = lln_divide_scratch(network, scratch);
  for (size_t step = 0; step < steps; step++) {
    memory.time_step = time_steps + step;
    lln_advance(network, &memory, state, inputs + step * network->input_size, outputs + step * network->output_size);
  }
  return LLN_OK;
}

#endif
