#ifndef LLN_PLATFORM_STATUS_H
#define LLN_PLATFORM_STATUS_H

/* 0 is success, every failure is negative. */
typedef enum lln_platform_status {
  LLN_PLATFORM_OK = 0,
  LLN_PLATFORM_ARGUMENT = -1,
  LLN_PLATFORM_UNREADABLE = -2, /* the ECC refuses, or a word read back differs */
  LLN_PLATFORM_NOT_ERASED = -3, /* a word would be programmed twice */
  LLN_PLATFORM_FAILED = -4,     /* the hardware reports an error or does not end in time */
  LLN_PLATFORM_ABSENT = -5      /* the board has no such part */
} lln_platform_status;

#endif
