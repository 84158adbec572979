/* The functions that liblln.so exports. A handle belongs to one thread at a time. */
#ifndef LLN_HOST_FFI_H
#define LLN_HOST_FFI_H

#include <stddef.h>
#include <stdint.h>

#define LLN_EXPORT __attribute__((visibility("default")))

typedef struct lln_handle lln_handle;

LLN_EXPORT const char *lln_ffi_version(void);
LLN_EXPORT int lln_ffi_abi(void);
/* The name of the index-th build that this processor can run, best first; NULL after the last. */
LLN_EXPORT const char *lln_ffi_variant(int index);
LLN_EXPORT const char *lln_ffi_status_name(int status);

/* Copies and checks an image. Returns NULL and the reason in *status if it is refused. */
LLN_EXPORT lln_handle *lln_ffi_open(const void *image, size_t length, int variant, int *status);
LLN_EXPORT void lln_ffi_close(lln_handle *handle);

LLN_EXPORT uint32_t lln_ffi_input_size(const lln_handle *handle);
LLN_EXPORT uint32_t lln_ffi_output_size(const lln_handle *handle);
LLN_EXPORT uint32_t lln_ffi_units(const lln_handle *handle);
LLN_EXPORT uint32_t lln_ffi_state_floats(const lln_handle *handle);
/* What one step needs on a board: bytes of scratch memory for a single session. */
LLN_EXPORT uint32_t lln_ffi_scratch_bytes(const lln_handle *handle);
LLN_EXPORT uint32_t lln_ffi_macs_per_step(const lln_handle *handle);

LLN_EXPORT int lln_ffi_step(const lln_handle *handle, float *state, const float *input, float time_step, float *output);
LLN_EXPORT int lln_ffi_sequence(const lln_handle *handle, float *state, uint32_t steps, const float *inputs,
                                const float *time_steps, float *outputs);
LLN_EXPORT int lln_ffi_step_batch(const lln_handle *handle, uint32_t sessions, float *states, const float *inputs,
                                  const float *time_steps, float *outputs);

#endif
