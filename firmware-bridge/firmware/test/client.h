/* A client inside a test: makes requests as a gateway would, and reads a little of the answers. */
#ifndef LLN_TEST_CLIENT_H
#define LLN_TEST_CLIENT_H

#include "fake_board.h"

typedef struct client_image {
  uint8_t *bytes;
  uint32_t length;
  uint8_t hash[LLN_SHA256_BYTES];
} client_image;

client_image client_load(const char *file);

/* Every one of these asks once, and requires an answer without a failure. */
void client_upload(lln_app *app, const client_image *image);
void client_set_state(lln_app *app, const client_image *image, bool is_confirmed);
void client_confirm(lln_app *app);
void client_erase(lln_app *app);

#endif
