/* What the application offers. A board may set the sizes of its memory with compiler flags. */
#ifndef LLN_APP_CONFIG_H
#define LLN_APP_CONFIG_H

#define LLN_FIRMWARE_NAME "liquid-lln"
#define LLN_FIRMWARE_VERSION "1.0.0"
#if defined(__arm__)
#define LLN_PROCESSOR "cortex-m7"
#elif defined(__aarch64__)
#define LLN_PROCESSOR "aarch64"
#else
#define LLN_PROCESSOR "x86-64"
#endif

/* Work memory of one step, in bytes: a network that needs more is refused. */
#ifndef LLN_SCRATCH_BYTES
#define LLN_SCRATCH_BYTES 65536u
#endif
/* State of one network, in bytes: as above. That of 4096 units with a memory, the largest there is. */
#ifndef LLN_STATE_BYTES
#define LLN_STATE_BYTES 32768u
#endif
/* States of sessions, together. */
#ifndef LLN_SESSION_POOL_BYTES
#define LLN_SESSION_POOL_BYTES 65536u
#endif
/* Where a board's fast memory for data is. */
#ifndef LLN_FAST_DATA
#define LLN_FAST_DATA
#endif

/* Inputs, and outputs, of a network whose vectors fit a message. */
#define LLN_ROW_FLOATS_MAX 1000u
#define LLN_SESSIONS_MAX 8u
#define LLN_STEPS_MAX 1024u
#define LLN_MESSAGES_UNDER_WAY 4u
#define LLN_PROFILE_RUNS_MAX 1000u

#define LLN_TRIAL_SECONDS_DEFAULT 600u
#define LLN_TRIAL_SECONDS_MAX (7u * 24u * 3600u)
/* A trial reverts when more than one in LLN_TRIAL_ERRORS_ONE_IN failed of at least LLN_TRIAL_EVIDENCE inferences. */
#define LLN_TRIAL_EVIDENCE 50u
#define LLN_TRIAL_ERRORS_ONE_IN 10u

/* Longer than the longest step of the largest network, shorter than a client's patience. */
#define LLN_WATCHDOG_MS 8000u
#define LLN_REST_US 100000u

#endif
