/* A check of a test: ends the process, saying where, if it does not hold. */
#ifndef LLN_TEST_REQUIRE_H
#define LLN_TEST_REQUIRE_H

#include <stdio.h>
#include <stdlib.h>

#define REQUIRE(condition) \
  do { \
    if (!(condition)) { \
      fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
      abort(); \
    } \
  } while (0)

#endif
