/* Brings a network image into the slot on standby, word by word (docs/spec/board.md, 4). */
#ifndef LLN_APP_UPLOAD_H
#define LLN_APP_UPLOAD_H

#include "slot.h"
#include "store.h"

typedef struct lln_upload {
  uint8_t slot; /* LLN_NO_SLOT without an upload */
  bool is_done; /* the last byte was the last one; repeated chunks are answered */
  bool has_hash;
  uint8_t hash[LLN_SHA256_BYTES];
  uint32_t length;
  uint32_t offset;                    /* bytes taken so far: what is wanted next */
  uint8_t word[LLN_FLASH_WORD_BYTES]; /* the beginning of the next one, up to `offset` */
} lln_upload;

typedef enum lln_upload_result {
  LLN_UPLOAD_OK,
  LLN_UPLOAD_ENDED, /* the last byte is there; lln_upload_finish */
  LLN_UPLOAD_FAILED /* the flash refuses */
} lln_upload_result;

/* No upload is under way. What is in flash of one that was stays for lln_upload_resume. */
void lln_upload_clear(lln_upload *upload);

/* The slot holds the whole of it already. */
void lln_upload_adopt(lln_upload *upload, uint8_t slot, uint32_t length, const uint8_t hash[LLN_SHA256_BYTES]);

/* Whether `upload` is for these bytes: then it goes on instead of beginning anew. */
bool lln_upload_is_for(const lln_upload *upload, uint32_t length, const uint8_t *hash);

/* Begins, with a length in whole words. With the hash of an upload that a reset interrupted, after what is in flash of
 * it. The slot is not live. */
lln_upload_result lln_upload_begin(lln_upload *upload, lln_store *store, uint8_t slot, uint32_t length,
                                   const uint8_t *hash);

/* Takes the bytes at `offset`, of which no more than the image's length are used. */
lln_upload_result lln_upload_take(lln_upload *upload, lln_store *store, const uint8_t *bytes, size_t count);

/* Programs the slot's header, which makes the image one. */
lln_upload_result lln_upload_finish(lln_upload *upload, lln_store *store, const lln_slot *found);

#endif
