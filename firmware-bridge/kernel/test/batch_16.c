/* The steps of many sessions at once, in tiles of 16. */
#define LLN_CORE_NAME tiles_of_16
#define LLN_WIDTH 16u

#include "../host/core.c"
