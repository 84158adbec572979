/* A record of the journal: one word of flash (docs/spec/board.md, 7). */
#ifndef LLN_APP_RECORD_H
#define LLN_APP_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "lln_platform/flash.h"
#include "machine.h"

typedef enum lln_record_kind {
  LLN_RECORD_MACHINE = 1, /* what serves; values: see record.c */
  LLN_RECORD_UPLOAD = 2,  /* an upload to `slot` began (none: it ended); values: length, first 12 bytes of its hash */
  LLN_RECORD_ERASED = 3   /* a sector was erased; values: which, how often so far */
} lln_record_kind;

typedef struct lln_record {
  uint8_t kind;
  uint8_t slot;
  uint32_t number;
  uint32_t values[4];
} lln_record;

void lln_record_pack(const lln_record *record, uint8_t word[LLN_FLASH_WORD_BYTES]);

/* False if the word is no record. */
bool lln_record_unpack(const uint8_t word[LLN_FLASH_WORD_BYTES], lln_record *record);

lln_record lln_record_of_machine(const lln_machine *machine);

/* False if the record holds nothing that a machine can be. */
bool lln_machine_of_record(const lln_record *record, lln_machine *machine);

#endif
