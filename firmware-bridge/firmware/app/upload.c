#include "upload.h"

#include "bytes.h"

void lln_upload_clear(lln_upload *upload) {
  upload->slot = LLN_NO_SLOT;
  upload->is_done = false;
  upload->has_hash = false;
  upload->length = 0;
  upload->offset = 0;
}

static void set_goal(lln_upload *upload, uint8_t slot, uint32_t length, const uint8_t *hash) {
  upload->slot = slot;
  upload->length = length;
  upload->has_hash = hash != NULL;
  if (hash != NULL) lln_copy_bytes(upload->hash, hash, LLN_SHA256_BYTES);
}

void lln_upload_adopt(lln_upload *upload, uint8_t slot, uint32_t length, const uint8_t hash[LLN_SHA256_BYTES]) {
  set_goal(upload, slot, length, hash);
  upload->offset = length;
  upload->is_done = true;
}

bool lln_upload_is_for(const lln_upload *upload, uint32_t length, const uint8_t *hash) {
  return upload->slot != LLN_NO_SLOT && upload->has_hash && hash != NULL && upload->length == length &&
         lln_are_equal(upload->hash, hash, LLN_SHA256_BYTES);
}

static bool is_erased(const uint8_t word[LLN_FLASH_WORD_BYTES]) {
  for (size_t i = 0; i < LLN_FLASH_WORD_BYTES; i++) {
    if (word[i] != 0xFF) return false;
  }
  return true;
}

static bool is_blank(uint32_t offset) {
  uint8_t word[LLN_FLASH_WORD_BYTES];
  return lln_flash_read(offset, word, sizeof word) == LLN_PLATFORM_OK && is_erased(word);
}

/*
 * How much of the noted upload is in flash: up to its last word, which is left out because a power cut may have torn
 * it. Only sectors that were erased since it began count; they were erased, and filled, one after the other.
 */
static uint32_t find_progress(const lln_store *store, uint8_t slot, uint32_t length) {
  const uint32_t sector_bytes = lln_flash_layout_of_board()->sector_bytes;
  const uint32_t begin = lln_slot_image_offset(slot);
  uint32_t end = lln_slot_offset(slot);
  while (end < begin + length && store->is_fresh[end / sector_bytes]) end += sector_bytes;
  if (end > begin + length) end = begin + length;
  while (end > begin && is_blank(end - LLN_FLASH_WORD_BYTES)) end -= LLN_FLASH_WORD_BYTES;
  return end > begin ? end - LLN_FLASH_WORD_BYTES - begin : 0;
}

static bool is_noted(const lln_store *store, uint8_t slot, uint32_t length, const uint8_t *hash) {
  return hash != NULL && store->upload.slot == slot && store->upload.length == length &&
         lln_are_equal(store->upload.hash_start, hash, LLN_HASH_START_BYTES);
}

lln_upload_result lln_upload_begin(lln_upload *upload, lln_store *store, uint8_t slot, uint32_t length,
                                   const uint8_t *hash) {
  static const uint8_t no_hash[LLN_HASH_START_BYTES] = {0};
  lln_upload_clear(upload);
  /* What the slot was is forgotten before a byte of it is lost. */
  if (lln_store_set_machine(store, lln_machine_forget(store->machine, slot)) != LLN_PLATFORM_OK) {
    return LLN_UPLOAD_FAILED;
  }
  if (is_noted(store, slot, length, hash)) {
    upload->offset = find_progress(store, slot, length);
  } else if (lln_store_begin_upload(store, slot, length, hash == NULL ? no_hash : hash) != LLN_PLATFORM_OK) {
    return LLN_UPLOAD_FAILED;
  }
  set_goal(upload, slot, length, hash);
  return LLN_UPLOAD_OK;
}

typedef enum word_result { WORD_WRITTEN, WORD_TAKEN, WORD_FAILED } word_result;

/*
 * A word is programmed once. One that holds these bytes already is left alone, and so is one that would be all ones:
 * it is what it is to be. WORD_TAKEN: something else stands there.
 */
static word_result write_word(uint32_t offset, const uint8_t word[LLN_FLASH_WORD_BYTES]) {
  uint8_t present[LLN_FLASH_WORD_BYTES];
  if (lln_flash_read(offset, present, sizeof present) != LLN_PLATFORM_OK) return WORD_TAKEN;
  if (lln_are_equal(present, word, sizeof present)) return WORD_WRITTEN;
  if (!is_erased(present)) return WORD_TAKEN;
  return lln_flash_program(offset, word) == LLN_PLATFORM_OK ? WORD_WRITTEN : WORD_FAILED;
}

/* Erases the sector and goes back to its first byte of the image. */
static lln_upload_result go_back(lln_upload *upload, lln_store *store, uint32_t sector) {
  const uint32_t begin = lln_slot_image_offset(upload->slot);
  const uint32_t at = sector * lln_flash_layout_of_board()->sector_bytes;
  upload->offset = at > begin ? at - begin : 0;
  return lln_store_erase(store, sector) == LLN_PLATFORM_OK ? LLN_UPLOAD_OK : LLN_UPLOAD_FAILED;
}

/* The word that ends before `offset`. False, with the result, if it is not in flash now. */
static bool flush(lln_upload *upload, lln_store *store, lln_upload_result *result) {
  const uint32_t at = (upload->offset - 1) / LLN_FLASH_WORD_BYTES * LLN_FLASH_WORD_BYTES;
  const uint32_t offset = lln_slot_image_offset(upload->slot) + at;
  const uint32_t sector = offset / lln_flash_layout_of_board()->sector_bytes;
  *result = LLN_UPLOAD_OK;
  if (!store->is_fresh[sector] && lln_store_erase(store, sector) != LLN_PLATFORM_OK) *result = LLN_UPLOAD_FAILED;
  if (*result == LLN_UPLOAD_OK) {
    const word_result written = write_word(offset, upload->word);
    if (written == WORD_WRITTEN) return true;
    *result = written == WORD_TAKEN ? go_back(upload, store, sector) : LLN_UPLOAD_FAILED;
  }
  /* The word is wanted again. */
  if (*result == LLN_UPLOAD_FAILED) upload->offset = at;
  return false;
}

lln_upload_result lln_upload_take(lln_upload *upload, lln_store *store, const uint8_t *bytes, size_t count) {
  for (size_t i = 0; i < count && upload->offset < upload->length; i++) {
    const uint32_t in_word = upload->offset % LLN_FLASH_WORD_BYTES;
    if (in_word == 0) lln_fill_bytes(upload->word, 0xFF, LLN_FLASH_WORD_BYTES);
    upload->word[in_word] = bytes[i];
    upload->offset++;
    if (upload->offset % LLN_FLASH_WORD_BYTES != 0 && upload->offset < upload->length) continue;
    lln_upload_result result;
    if (!flush(upload, store, &result)) return result;
  }
  return upload->offset == upload->length ? LLN_UPLOAD_ENDED : LLN_UPLOAD_OK;
}

lln_upload_result lln_upload_finish(lln_upload *upload, lln_store *store, const lln_slot *found) {
  uint8_t words[LLN_SLOT_HEADER_BYTES];
  const uint32_t offset = lln_slot_offset(upload->slot);
  lln_slot_pack_header(found, words);
  word_result written = write_word(offset + LLN_FLASH_WORD_BYTES, words + LLN_FLASH_WORD_BYTES);
  if (written == WORD_WRITTEN) written = write_word(offset, words);
  if (written == WORD_TAKEN) return go_back(upload, store, offset / lln_flash_layout_of_board()->sector_bytes);
  if (written == WORD_FAILED) return LLN_UPLOAD_FAILED;
  upload->is_done = true;
  return lln_store_end_upload(store) == LLN_PLATFORM_OK ? LLN_UPLOAD_ENDED : LLN_UPLOAD_FAILED;
}
