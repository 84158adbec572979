/* What compilers call on their own for structs and loops, and what the application uses of a C library. */
#include <stddef.h>
#include <stdint.h>

void *memcpy(void *restrict to, const void *restrict from, size_t count);
void *memmove(void *to, const void *from, size_t count);
void *memset(void *memory, int value, size_t count);
int memcmp(const void *left, const void *right, size_t count);

/* May alias anything, as what memcpy copies does. */
typedef uint32_t __attribute__((may_alias)) lln_word;

static size_t lln_copy_words(void *to, const void *from, size_t count) {
  if ((((uintptr_t)to | (uintptr_t)from) & 3u) != 0) return 0;
  const size_t words = count / sizeof(lln_word);
  for (size_t i = 0; i < words; i++) ((lln_word *)to)[i] = ((const lln_word *)from)[i];
  return words * sizeof(lln_word);
}

void *memcpy(void *restrict to, const void *restrict from, size_t count) {
  unsigned char *target = to;
  const unsigned char *source = from;
  for (size_t i = lln_copy_words(to, from, count); i < count; i++) target[i] = source[i];
  return to;
}

void *memmove(void *to, const void *from, size_t count) {
  unsigned char *target = to;
  const unsigned char *source = from;
  if ((uintptr_t)to <= (uintptr_t)from) {
    for (size_t i = 0; i < count; i++) target[i] = source[i];
  } else {
    for (size_t i = count; i > 0; i--) target[i - 1] = source[i - 1];
  }
  return to;
}

void *memset(void *memory, int value, size_t count) {
  unsigned char *bytes = memory;
  for (size_t i = 0; i < count; i++) bytes[i] = (unsigned char)value;
  return memory;
}

int memcmp(const void *left, const void *right, size_t count) {
  const unsigned char *a = left;
  const unsigned char *b = right;
  for (size_t i = 0; i < count; i++) {
    if (a[i] != b[i]) return a[i] < b[i] ? -1 : 1;
  }
  return 0;
}
