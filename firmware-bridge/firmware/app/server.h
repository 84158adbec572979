/* The SMP server: from a request to its answer (docs/spec/board.md, 2). */
#ifndef LLN_APP_SERVER_H
#define LLN_APP_SERVER_H

#include "app.h"
#include "cbor_reader.h"
#include "cbor_writer.h"
#include "smp.h"

enum { LLN_GROUP_OS = 0, LLN_GROUP_IMAGE = 1, LLN_GROUP_NETWORK = 64 };

/* 0, a failure of the protocol (lln_smp_failure), or LLN_OF_GROUP and one of the command's group. */
typedef uint16_t lln_failure;
#define LLN_OF_GROUP 0x100u

typedef struct lln_request {
  uint8_t *payload;
  size_t length;
} lln_request;

/* Writes the entries of the answer's map. What it has written is thrown away if it fails. */
typedef lln_failure (*lln_handler)(lln_app *app, const lln_request *request, lln_cbor_writer *answer);

typedef struct lln_command {
  uint8_t id;
  lln_handler read;
  lln_handler write;
} lln_command;

typedef struct lln_group {
  uint16_t id;
  const lln_command *commands;
  size_t count;
  /* What a failure of this group is in the first version of the protocol. */
  uint8_t (*translate)(uint8_t failure);
} lln_group;

extern const lln_group lln_os_group;
extern const lln_group lln_image_group;
extern const lln_group lln_network_group;

/*
 * Answers one message; `request` is changed on the way. Returns the length of the answer in `answer`, which has room
 * for LLN_MESSAGE_BYTES_MAX; 0 if the message is no request.
 */
size_t lln_server_answer(lln_app *app, uint8_t *request, size_t length, uint8_t *answer);

/* False if the payload is not a map of these fields. */
static inline bool lln_read_request(const lln_request *request, lln_field *fields, size_t count) {
  return lln_cbor_read_fields(request->payload, request->length, fields, count);
}
#define LLN_READ_REQUEST(request, fields) lln_read_request(request, fields, sizeof(fields) / sizeof *(fields))

#endif
