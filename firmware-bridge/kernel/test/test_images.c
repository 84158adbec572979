/*
 * test_images EVERY IMAGE...: every image is accepted as it is, refused at every truncation, and may be damaged at will
 * without a step outside of memory (the builds run this under AddressSanitizer and UndefinedBehaviorSanitizer, and
 * under valgrind). Only every EVERY-th truncation and damage is tried: 1 for all.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../include/lln/lln.h"
#include "exercise.h"

#define MUTATIONS 1000u
#define STRUCTURE_BYTES 512u

static uint32_t random_state = 12345u;

static uint32_t next_random(void) {
  random_state = random_state * 1664525u + 1013904223u;
  return random_state >> 8;
}

static void fail(const char *file, const char *what) {
  fprintf(stderr, "%s: %s\n", file, what);
  exit(1);
}

/* A copy in memory of exactly this size. */
static unsigned char *copy_of(const unsigned char *image, size_t length) {
  void *copy = NULL;
  if (posix_memalign(&copy, LLN_IMAGE_ALIGNMENT, length == 0 ? 1 : length) != 0) fail("memory", "exhausted");
  memcpy(copy, image, length);
  return copy;
}

static unsigned char *read_image(const char *file, size_t *length) {
  FILE *stream = fopen(file, "rb");
  if (stream == NULL) fail(file, "cannot be opened");
  unsigned char *buffer = malloc(LLN_IMAGE_BYTES_MAX);
  if (buffer == NULL) fail(file, "out of memory");
  *length = fread(buffer, 1, LLN_IMAGE_BYTES_MAX, stream);
  fclose(stream);
  unsigned char *image = copy_of(buffer, *length);
  free(buffer);
  return image;
}

static void try_truncations(const char *file, const unsigned char *image, size_t length, size_t every) {
  for (size_t part = 0; part < length; part += every * (part < STRUCTURE_BYTES ? 1 : 31)) {
    unsigned char *copy = copy_of(image, part);
    if (lln_exercise(copy, part)) fail(file, "a truncated image is accepted");
    lln_reseal(copy, part);
    if (lln_exercise(copy, part)) fail(file, "a truncated and resealed image is accepted");
    free(copy);
  }
}

/* Every bit of the header, the directory and the first table's beginning, with the checksum made right again. */
static unsigned try_bits(const unsigned char *image, size_t length, size_t every) {
  unsigned accepted = 0;
  const size_t end = length < STRUCTURE_BYTES ? length : STRUCTURE_BYTES;
  for (size_t bit = 0; bit < end * 8; bit += every) {
    unsigned char *copy = copy_of(image, length);
    copy[bit / 8] ^= (unsigned char)(1u << (bit % 8));
    lln_reseal(copy, length);
    accepted += (unsigned)lln_exercise(copy, length);
    free(copy);
  }
  return accepted;
}

/* A few random 16-bit words anywhere, half of the time values that sit on a border. */
static unsigned try_mutations(const unsigned char *image, size_t length, size_t every) {
  static const uint16_t borders[] = {0, 1, 7, 8, 9, 255, 256, 4095, 4096, 4097, 0x7FFF, 0x8000, 0xFFFE, 0xFFFF};
  unsigned accepted = 0;
  for (size_t round = 0; round < MUTATIONS; round += every) {
    unsigned char *copy = copy_of(image, length);
    const unsigned words = 1 + next_random() % 3;
    for (unsigned i = 0; i < words; i++) {
      const size_t at = next_random() % (length / 2) * 2;
      const uint16_t border = borders[next_random() % (sizeof borders / sizeof *borders)];
      const uint16_t word = next_random() % 2 ? border : (uint16_t)next_random();
      memcpy(copy + at, &word, sizeof word);
    }
    lln_reseal(copy, length);
    accepted += (unsigned)lln_exercise(copy, length);
    free(copy);
  }
  return accepted;
}

int main(int count, char **arguments) {
  const size_t every = count > 2 ? strtoul(arguments[1], NULL, 10) : 0;
  if (every == 0) fail("usage", "test_images EVERY IMAGE...");
  for (int i = 2; i < count; i++) {
    const char *file = arguments[i];
    size_t length = 0;
    unsigned char *image = read_image(file, &length);
    if (!lln_exercise(image, length)) fail(file, "is not accepted");
    lln_network network;
    if (lln_open(image + 4, length - 4, &network) != LLN_ERROR_ALIGNMENT) fail(file, "is accepted unaligned");
    try_truncations(file, image, length, every);
    const unsigned bits = try_bits(image, length, every);
    const unsigned mutations = try_mutations(image, length, every);
    printf("%s: %u flipped bits and %u mutations still an image\n", file, bits, mutations);
    free(image);
  }
  return 0;
}
