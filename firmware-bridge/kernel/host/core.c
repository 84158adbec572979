/*
 * All of the kernel as one unit, under the name in LLN_CORE_NAME. The build compiles this file once for every kind of
 * processor (build-kernel.mjs), each time with other compiler flags.
 */
#define LLN_LINKAGE static

#include "core.h"

#include "../src/activation.c"
#include "../src/cfc.c"
#include "../src/check_table.c"
#include "../src/crc32.c"
#include "../src/gru.c"
#include "../src/ltc.c"
#include "../src/matrix.c"
#include "../src/memory.c"
#include "../src/open.c"
#include "../src/open_tables.c"
#include "../src/status.c"
#include "../src/step.c"
#include "../src/synapses.c"

#define LLN_JOIN_EXPANDED(a, b) a##b
#define LLN_JOIN(a, b) LLN_JOIN_EXPANDED(a, b)
#define LLN_TEXT_EXPANDED(a) #a
#define LLN_TEXT(a) LLN_TEXT_EXPANDED(a)

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
