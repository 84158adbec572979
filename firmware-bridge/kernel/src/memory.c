#include "elementary.h"
#include "kernel.h"

/* Blocks of y: input, input gate, forget gate, output gate. */
LLN_HOT static void lln_memory_blend(const float *restrict y, size_t stride, float *restrict cell_memory,
                                     float *restrict hidden, size_t count) {
  for (size_t i = 0; i < count; i++) {
    const float written = lln_tanh(y[i]) * lln_sigmoid(y[stride + i]);
    const float kept = lln_sigmoid(y[2 * stride + i] + 1.0f);
    const float remembered = lln_fmaf(cell_memory[i], kept, written);
    hidden[i] = lln_tanh(remembered) * lln_sigmoid(y[3 * stride + i]);
    cell_memory[i] = lln_canonical(remembered);
  }
}

LLN_LINKAGE void lln_memory_step(const lln_network *network, const lln_table *table, const lln_step_memory *memory,
                                 const float *state, float *cell_memory) {
  float *z = memory->work_a;
  const size_t count = (size_t)network->units * LLN_WIDTH;
  const size_t stride = (size_t)lln_padded(network->units) * LLN_WIDTH;
  lln_copy(z, memory->input, (size_t)network->input_size * LLN_WIDTH);
  lln_copy(z + (size_t)network->input_size * LLN_WIDTH, state, count);
  lln_apply_matrix(table, z, memory->work_b);
  lln_memory_blend(memory->work_b, stride, cell_memory, memory->hidden, count);
}
