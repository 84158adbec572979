/* The header of an SMP message (docs/spec/board.md, 2), and the protocol's own failures. */
#ifndef LLN_WIRE_SMP_H
#define LLN_WIRE_SMP_H

#include "bytes.h"

#define LLN_SMP_HEADER_BYTES 8u
#define LLN_SMP_VERSION_MAX 1u

enum lln_smp_operation { LLN_SMP_READ = 0, LLN_SMP_READ_ANSWER = 1, LLN_SMP_WRITE = 2, LLN_SMP_WRITE_ANSWER = 3 };

enum lln_smp_failure {
  LLN_SMP_OK = 0,
  LLN_SMP_UNKNOWN = 1,
  LLN_SMP_NO_MEMORY = 2,
  LLN_SMP_INVALID = 3,
  LLN_SMP_NO_ENTRY = 5,
  LLN_SMP_BAD_STATE = 6,
  LLN_SMP_MESSAGE_SIZE = 7,
  LLN_SMP_NOT_SUPPORTED = 8,
  LLN_SMP_TOO_NEW = 13
};

typedef struct lln_smp_header {
  uint8_t operation;
  uint8_t version;
  uint8_t sequence;
  uint8_t command;
  uint16_t group;
  uint16_t payload_bytes;
} lln_smp_header;

static inline lln_smp_header lln_smp_read(const uint8_t bytes[LLN_SMP_HEADER_BYTES]) {
  const lln_smp_header header = {
      .operation = bytes[0] & 7u,
      .version = (uint8_t)(bytes[0] >> 3 & 3u),
      .sequence = bytes[6],
      .command = bytes[7],
      .group = lln_get_be16(bytes + 4),
      .payload_bytes = lln_get_be16(bytes + 2),
  };
  return header;
}

static inline void lln_smp_write(const lln_smp_header *header, uint8_t bytes[LLN_SMP_HEADER_BYTES]) {
  bytes[0] = (uint8_t)(header->operation | (uint32_t)header->version << 3);
  bytes[1] = 0;
  lln_put_be16(bytes + 2, header->payload_bytes);
  lln_put_be16(bytes + 4, header->group);
  bytes[6] = header->sequence;
  bytes[7] = header->command;
}

#endif
