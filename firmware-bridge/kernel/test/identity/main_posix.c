/* identity FILE: prints the digest of an identity data file. */
#include <stdio.h>
#include <stdlib.h>

#include "identity.h"

#define FILE_BYTES_MAX (16u << 20)

int main(int count, char **arguments) {
  FILE *file = count == 2 ? fopen(arguments[1], "rb") : NULL;
  void *data = NULL;
  if (file == NULL || posix_memalign(&data, 32, FILE_BYTES_MAX) != 0) {
    fputs("identity FILE\n", stderr);
    return 2;
  }
  const size_t length = fread(data, 1, FILE_BYTES_MAX, file);
  fclose(file);
  lln_digest digest;
  char text[37];
  const char *fault = lln_identity(data, length, &digest);
  lln_format_digest(&digest, text);
  fputs(fault == NULL ? text : fault, fault == NULL ? stdout : stderr);
  free(data);
  return fault == NULL ? 0 : 1;
}
