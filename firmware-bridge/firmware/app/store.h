/* What the board remembers: records in two journals, of which one is in force (docs/spec/board.md, 7). */
#ifndef LLN_APP_STORE_H
#define LLN_APP_STORE_H

#include "lln_platform/flash.h"
#include "machine.h"
#include "record.h"
#include "sha256.h"

#define LLN_SECTORS_MAX 64u
#define LLN_HASH_START_BYTES 12u

/* An upload that has begun, and which sectors were erased for it. */
typedef struct lln_upload_note {
  uint8_t slot; /* LLN_NO_SLOT without one */
  uint32_t length;
  uint8_t hash_start[LLN_HASH_START_BYTES];
} lln_upload_note;

typedef struct lln_store {
  lln_machine machine;
  lln_upload_note upload;
  uint32_t erasures[LLN_SECTORS_MAX];
  bool is_fresh[LLN_SECTORS_MAX]; /* erased since the upload began */
  uint32_t sectors;
  uint32_t next_word;
  uint32_t next_number;
  uint8_t journal; /* which one is in force */
} lln_store;

/* Reads the journal; makes one if there is none. What was torn by a power cut is as if it had never been written. */
lln_platform_status lln_store_open(lln_store *store);

/* Each of these is in flash, and in `store`, when it returns LLN_PLATFORM_OK; neither, if it fails. */
lln_platform_status lln_store_set_machine(lln_store *store, lln_machine machine);
lln_platform_status lln_store_begin_upload(lln_store *store, uint8_t slot, uint32_t length,
                                           const uint8_t hash_start[LLN_HASH_START_BYTES]);
lln_platform_status lln_store_end_upload(lln_store *store);

/* Erases a sector of a slot and counts it. */
lln_platform_status lln_store_erase(lln_store *store, uint32_t sector);

#endif
