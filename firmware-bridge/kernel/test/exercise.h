/* What the image tests and the fuzz target do with an image that may be damaged. */
#ifndef LLN_TEST_EXERCISE_H
#define LLN_TEST_EXERCISE_H

#include <stddef.h>
#include <stdint.h>

/* Puts the right checksum and length into a copy of an image, so that damage gets past them. */
void lln_reseal(unsigned char *image, size_t length);

/*
 * Opens `image` (aligned, `length` bytes) and, if the kernel accepts it, steps it with ordinary, denormal and
 * non-finite numbers. Memory has exactly the reported size, so that sanitizers see every byte too many. Returns whether
 * it was accepted; aborts if a NaN leaves the kernel in another form than 0x7FC00000, or if a batch or a sequence gives
 * other bits than its steps one by one.
 */
int lln_exercise(const unsigned char *image, size_t length);

#endif
