/* A libFuzzer target: any payload. Fields that are found lie within it. */
#include <string.h>

#include "cbor_reader.h"
#include "require.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  lln_field fields[] = {LLN_FIELD("n", LLN_FIELD_NUMBER), LLN_FIELD("f", LLN_FIELD_FLAG),
                        LLN_FIELD("b", LLN_FIELD_BYTES), LLN_FIELD("t", LLN_FIELD_TEXT)};
  /* Memory of exactly this size, so that sanitizers see every byte too many. */
  uint8_t *payload = malloc(size == 0 ? 1 : size);
  REQUIRE(payload != NULL);
  memcpy(payload, data, size);
  if (lln_cbor_read_fields(payload, size, fields, 4)) {
    for (size_t i = 2; i < 4; i++) {
      if (!fields[i].is_given) continue;
      REQUIRE(fields[i].bytes >= payload && fields[i].length <= size);
      REQUIRE((size_t)(fields[i].bytes - payload) <= size - fields[i].length);
    }
  }
  free(payload);
  return 0;
}
