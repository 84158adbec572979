#include "elementary.h"
#include "kernel.h"

LLN_HOT LLN_LINKAGE void lln_activate(uint8_t activation, float *values, size_t count) {
  switch (activation) {
    case LLN_ACTIVATION_LECUN_TANH:
      for (size_t i = 0; i < count; i++) values[i] = lln_lecun_tanh(values[i]);
      break;
    case LLN_ACTIVATION_TANH:
      for (size_t i = 0; i < count; i++) values[i] = lln_tanh(values[i]);
      break;
    case LLN_ACTIVATION_RELU:
      /* Written so that NaN stays NaN. */
      for (size_t i = 0; i < count; i++) values[i] = values[i] <= 0.0f ? 0.0f : values[i];
      break;
    case LLN_ACTIVATION_SILU:
      for (size_t i = 0; i < count; i++) values[i] = lln_silu(values[i]);
      break;
    case LLN_ACTIVATION_GELU:
      for (size_t i = 0; i < count; i++) values[i] = lln_gelu(values[i]);
      break;
    default: break;
  }
}
