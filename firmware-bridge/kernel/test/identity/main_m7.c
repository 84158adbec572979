#include "../m7/board.h"
#include "identity.h"

uint32_t lln_main(void) {
  lln_digest digest;
  char text[37];
  const char *fault = lln_identity(LLN_BOARD_DATA, LLN_BOARD_DATA_BYTES, &digest);
  lln_format_digest(&digest, text);
  lln_print(fault == NULL ? text : fault);
  return fault == NULL ? 0 : 1;
}
