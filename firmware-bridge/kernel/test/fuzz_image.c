/*
 * A libFuzzer target over images. Built by clang with -fsanitize=fuzzer,address,undefined from this file, exercise.c,
 * every file of kernel/src and -lm. Start it with a corpus that has an image of every cell.
 */
#include <stdlib.h>
#include <string.h>

#include "../include/lln/lln.h"
#include "exercise.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  void *image = NULL;
  if (posix_memalign(&image, LLN_IMAGE_ALIGNMENT, size == 0 ? 1 : size) != 0) return 0;
  if (size > 0) memcpy(image, data, size);
  lln_exercise(image, size);
  lln_reseal(image, size);
  lln_exercise(image, size);
  free(image);
  return 0;
}
