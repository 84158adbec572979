/* The steps of many sessions at once, in tiles of 8. */
#define LLN_CORE_NAME tiles_of_8
#define LLN_WIDTH 8u

#include "../host/core.c"
