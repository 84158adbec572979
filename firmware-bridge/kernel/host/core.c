/*
 * The kernel as one unit, under the name in LLN_CORE_NAME. The build (build-kernel.mjs) compiles this file twice for
 * every kind of processor, each with its own compiler flags: for single sessions, and with LLN_WIDTH for batches.
 */
#define LLN_LINKAGE static

/* Each of the two builds uses its own part of the kernel. */
#pragma GCC diagnostic ignored "-Wunused-function"

#include "core.h"

#include "../src/activation.c"
#include "../src/cfc.c"
#include "../src/gru.c"
#include "../src/ltc.c"
#include "../src/matrix.c"
#include "../src/memory.c"
#include "../src/sequence.c"
#include "../src/step.c"
#include "../src/synapses.c"

#define LLN_JOIN_EXPANDED(a, b) a##b
#define LLN_JOIN(a, b) LLN_JOIN_EXPANDED(a, b)
#define LLN_TEXT_EXPANDED(a) #a
#define LLN_TEXT(a) LLN_TEXT_EXPANDED(a)

#if LLN_WIDTH > 1u

#include "../src/batch.c"

const lln_batch_core LLN_JOIN(lln_batch_, LLN_CORE_NAME) = {
    .scratch_bytes = lln_batch_scratch_bytes,
    .step = lln_step_batch,
};

#else

#include "../src/check_table.c"
#include "../src/crc32.c"
#include "../src/open.c"
#include "../src/open_tables.c"
#include "../src/status.c"

const lln_core LLN_JOIN(lln_core_, LLN_CORE_NAME) = {
    .name = LLN_TEXT(LLN_CORE_NAME),
    .open = lln_open,
    .scratch_bytes = lln_scratch_bytes,
    .state_floats = lln_state_floats,
    .macs_per_step = lln_macs_per_step,
    .step = lln_step,
    .sequence = lln_sequence,
    .status_name = lln_status_name,
};

#endif
