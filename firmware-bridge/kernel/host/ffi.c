/* The kernel for callers in other languages: handles that own a copy of the image and its scratch memory. */
#include <stdlib.h>
#include <string.h>

#include "core.h"
#include "ffi.h"

struct lln_handle {
  const lln_core *core;
  const lln_batch_core *batch;
  void *image;
  void *scratch;
  lln_network network;
};

const char *lln_ffi_version(void) { return LLN_VERSION; }

int lln_ffi_abi(void) { return LLN_ABI; }

const char *lln_ffi_variant(int index) {
  const lln_build *build = lln_build_at(index);
  return build == NULL ? NULL : build->core->name;
}

const char *lln_ffi_status_name(int status) { return lln_core_portable.status_name(status); }

void lln_ffi_close(lln_handle *handle) {
  if (handle == NULL) return;
  free(handle->image);
  free(handle->scratch);
  free(handle);
}

/* aligned_alloc wants a size that is a multiple of the alignment, and at least something. */
static void *lln_allocate(size_t bytes) {
  const size_t units = bytes / LLN_IMAGE_ALIGNMENT + 1;
  return aligned_alloc(LLN_IMAGE_ALIGNMENT, units * LLN_IMAGE_ALIGNMENT);
}

static int lln_fill_handle(lln_handle *handle, const void *image, size_t length) {
  handle->image = lln_allocate(length);
  if (handle->image == NULL) return LLN_ERROR_MEMORY;
  memcpy(handle->image, image, length);
  const lln_status status = handle->core->open(handle->image, length, &handle->network);
  if (status != LLN_OK) return status;
  const size_t single = handle->core->scratch_bytes(&handle->network);
  const size_t batch = handle->batch->scratch_bytes(&handle->network);
  handle->scratch = lln_allocate(single > batch ? single : batch);
  return handle->scratch == NULL ? LLN_ERROR_MEMORY : LLN_OK;
}

lln_handle *lln_ffi_open(const void *image, size_t length, int variant, int *status) {
  const lln_build *build = lln_build_at(variant);
  /* An empty array has no address in some languages. */
  *status = length == 0 ? LLN_ERROR_TRUNCATED : LLN_ERROR_ARGUMENT;
  if (build == NULL || image == NULL) return NULL;
  *status = LLN_ERROR_LENGTH;
  if (length > LLN_IMAGE_BYTES_MAX) return NULL;
  lln_handle *handle = calloc(1, sizeof *handle);
  *status = LLN_ERROR_MEMORY;
  if (handle == NULL) return NULL;
  handle->core = build->core;
  handle->batch = build->batch;
  *status = lln_fill_handle(handle, image, length);
  if (*status == LLN_OK) return handle;
  lln_ffi_close(handle);
  return NULL;
}

uint32_t lln_ffi_input_size(const lln_handle *handle) { return handle->network.input_size; }
uint32_t lln_ffi_output_size(const lln_handle *handle) { return handle->network.output_size; }
uint32_t lln_ffi_units(const lln_handle *handle) { return handle->network.units; }
uint32_t lln_ffi_state_floats(const lln_handle *handle) {
  return (uint32_t)handle->core->state_floats(&handle->network);
}
uint32_t lln_ffi_scratch_bytes(const lln_handle *handle) {
  return (uint32_t)handle->core->scratch_bytes(&handle->network);
}
uint32_t lln_ffi_macs_per_step(const lln_handle *handle) { return handle->core->macs_per_step(&handle->network); }

int lln_ffi_step(const lln_handle *handle, float *state, const float *input, float time_step, float *output) {
  return handle->core->step(&handle->network, state, handle->scratch, input, time_step, output);
}

int lln_ffi_sequence(const lln_handle *handle, float *state, uint32_t steps, const float *inputs,
                     const float *time_steps, float *outputs) {
  return handle->core->sequence(&handle->network, state, handle->scratch, steps, inputs, time_steps, outputs);
}

int lln_ffi_step_batch(const lln_handle *handle, uint32_t sessions, float *states, const float *inputs,
                       const float *time_steps, float *outputs) {
  return handle->batch->step(&handle->network, sessions, states, handle->scratch, inputs, time_steps, outputs);
}
