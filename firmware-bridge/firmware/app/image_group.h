/* What the commands of group 1 share (docs/spec/board.md, 4). */
#ifndef LLN_APP_IMAGE_GROUP_H
#define LLN_APP_IMAGE_GROUP_H

#include "server.h"

/* MCUmgr's names and numbers. */
enum lln_image_failure {
  IMAGE_NO_IMAGE = 3,
  IMAGE_HASH_NOT_FOUND = 8,
  IMAGE_FLASH_WRITE_FAILED = 12,
  IMAGE_FLASH_ERASE_FAILED = 13,
  IMAGE_INVALID_SLOT = 14,
  IMAGE_NO_FREE_MEMORY = 15,
  IMAGE_INVALID_LENGTH = 21,
  IMAGE_INVALID_HEADER = 22,
  IMAGE_INVALID_MAGIC = 23,
  IMAGE_INVALID_HASH = 24,
  IMAGE_ALREADY_PENDING = 28,
  IMAGE_TOO_LARGE = 30,
  IMAGE_TEST_TO_ACTIVE_DENIED = 33
};

#define LLN_IMAGE_FAIL(code) ((lln_failure)(LLN_OF_GROUP | (code)))

lln_failure lln_image_read_state(lln_app *app, const lln_request *request, lln_cbor_writer *answer);
lln_failure lln_image_write_state(lln_app *app, const lln_request *request, lln_cbor_writer *answer);
lln_failure lln_image_upload(lln_app *app, const lln_request *request, lln_cbor_writer *answer);

#endif
