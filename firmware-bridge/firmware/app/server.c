#include "server.h"

static const lln_group *const groups[] = {&lln_os_group, &lln_image_group, &lln_network_group};

static const lln_group *find_group(uint16_t id) {
  for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
    if (groups[i]->id == id) return groups[i];
  }
  return NULL;
}

static lln_handler find_handler(const lln_smp_header *header) {
  const lln_group *group = find_group(header->group);
  for (size_t i = 0; group != NULL && i < group->count; i++) {
    if (group->commands[i].id != header->command) continue;
    return header->operation == LLN_SMP_READ ? group->commands[i].read : group->commands[i].write;
  }
  return NULL;
}

static lln_failure handle(lln_app *app, const lln_smp_header *header, const lln_request *request,
                          lln_cbor_writer *answer) {
  if (header->version > LLN_SMP_VERSION_MAX) return LLN_SMP_TOO_NEW;
  if (header->payload_bytes != request->length) return LLN_SMP_INVALID;
  const lln_handler handler = find_handler(header);
  if (handler == NULL) return LLN_SMP_NOT_SUPPORTED;
  lln_cbor_open_map(answer);
  const lln_failure failure = handler(app, request, answer);
  lln_cbor_close_map(answer);
  if (failure != LLN_SMP_OK) return failure;
  return answer->has_failed ? LLN_SMP_MESSAGE_SIZE : LLN_SMP_OK;
}

static void write_failure(lln_cbor_writer *answer, const lln_smp_header *header, lln_failure failure) {
  const bool is_of_group = (failure & LLN_OF_GROUP) != 0;
  const uint8_t code = (uint8_t)failure;
  lln_cbor_open_map(answer);
  if (is_of_group && header->version > 0) {
    lln_cbor_key(answer, "err");
    lln_cbor_open_map(answer);
    lln_cbor_put_number(answer, "group", header->group);
    lln_cbor_put_number(answer, "rc", code);
    lln_cbor_close_map(answer);
  } else {
    lln_cbor_put_number(answer, "rc", is_of_group ? find_group(header->group)->translate(code) : code);
  }
  lln_cbor_close_map(answer);
}

size_t lln_server_answer(lln_app *app, uint8_t *request, size_t length, uint8_t *answer) {
  if (length < LLN_SMP_HEADER_BYTES) return 0;
  lln_smp_header header = lln_smp_read(request);
  /* Answers, our own among them where a line echoes, are nobody's requests. */
  if (header.operation != LLN_SMP_READ && header.operation != LLN_SMP_WRITE) return 0;
  const lln_request body = {request + LLN_SMP_HEADER_BYTES, length - LLN_SMP_HEADER_BYTES};
  uint8_t *payload = answer + LLN_SMP_HEADER_BYTES;
  const size_t room = LLN_MESSAGE_BYTES_MAX - LLN_SMP_HEADER_BYTES;
  lln_cbor_writer writer;
  lln_cbor_begin(&writer, payload, room);
  const lln_failure failure = handle(app, &header, &body, &writer);
  if (header.version > LLN_SMP_VERSION_MAX) header.version = LLN_SMP_VERSION_MAX;
  if (failure != LLN_SMP_OK) {
    lln_cbor_begin(&writer, payload, room);
    write_failure(&writer, &header, failure);
  }
  header.operation++;
  header.payload_bytes = (uint16_t)lln_cbor_length(&writer);
  lln_smp_write(&header, answer);
  return LLN_SMP_HEADER_BYTES + lln_cbor_length(&writer);
}
