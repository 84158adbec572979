/* The steps of many sessions at once, as a host builds them. */
#define LLN_CORE_NAME wide
#define LLN_WIDTH 8u

#include "../host/core.c"
