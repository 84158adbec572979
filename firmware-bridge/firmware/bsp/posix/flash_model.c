#include "flash_model.h"

#include <stdbool.h>
#include <string.h>

enum { MARK_ERASED = 0, MARK_PROGRAMMED = 1, MARK_UNREADABLE = 2 };

static uint32_t flash_bytes(const lln_flash_model *model) { return model->sectors * LLN_MODEL_SECTOR_BYTES; }

lln_platform_status lln_model_read(const lln_flash_model *model, uint32_t offset, void *to, size_t bytes) {
  if (offset > flash_bytes(model) || bytes > flash_bytes(model) - offset) return LLN_PLATFORM_ARGUMENT;
  if (bytes == 0) return LLN_PLATFORM_OK;
  const size_t last = (offset + bytes - 1) / LLN_FLASH_WORD_BYTES;
  for (size_t word = offset / LLN_FLASH_WORD_BYTES; word <= last; word++) {
    if (model->marks[word] == MARK_UNREADABLE) return LLN_PLATFORM_UNREADABLE;
  }
  memcpy(to, model->bytes + offset, bytes);
  return LLN_PLATFORM_OK;
}

/* Whether this operation is the one that is cut. */
static bool is_cut(lln_flash_model *model) { return ++model->operations == model->cut_at; }

lln_platform_status lln_model_program(lln_flash_model *model, uint32_t offset, const void *word) {
  if (offset % LLN_FLASH_WORD_BYTES != 0 || offset >= flash_bytes(model)) return LLN_PLATFORM_ARGUMENT;
  uint8_t *mark = model->marks + offset / LLN_FLASH_WORD_BYTES;
  if (*mark != MARK_ERASED) return LLN_PLATFORM_NOT_ERASED;
  const bool ends_here = is_cut(model);
  if (ends_here && model->cut_mode == LLN_CUT_CLEAN) model->on_cut();
  *mark = MARK_PROGRAMMED;
  memcpy(model->bytes + offset, word, ends_here ? LLN_FLASH_WORD_BYTES / 2 : LLN_FLASH_WORD_BYTES);
  if (!ends_here) return LLN_PLATFORM_OK;
  if (model->cut_mode == LLN_CUT_UNREADABLE) *mark = MARK_UNREADABLE;
  model->on_cut();
  return LLN_PLATFORM_FAILED;
}

/* A cut leaves the second half of the sector as it was, or unreadable. */
lln_platform_status lln_model_erase(lln_flash_model *model, uint32_t sector) {
  if (sector >= model->sectors) return LLN_PLATFORM_ARGUMENT;
  uint8_t *bytes = model->bytes + (size_t)sector * LLN_MODEL_SECTOR_BYTES;
  uint8_t *marks = model->marks + (size_t)sector * LLN_MODEL_WORDS_PER_SECTOR;
  const bool ends_here = is_cut(model);
  if (ends_here && model->cut_mode == LLN_CUT_CLEAN) model->on_cut();
  const size_t words = ends_here ? LLN_MODEL_WORDS_PER_SECTOR / 2 : LLN_MODEL_WORDS_PER_SECTOR;
  memset(bytes, 0xFF, words * LLN_FLASH_WORD_BYTES);
  memset(marks, MARK_ERASED, words);
  if (!ends_here) return LLN_PLATFORM_OK;
  if (model->cut_mode == LLN_CUT_UNREADABLE) {
    memset(marks + words, MARK_UNREADABLE, LLN_MODEL_WORDS_PER_SECTOR - words);
  }
  model->on_cut();
  return LLN_PLATFORM_FAILED;
}

void lln_model_format(lln_flash_model *model) {
  memset(model->bytes, 0xFF, flash_bytes(model));
  memset(model->marks, MARK_ERASED, flash_bytes(model) / LLN_FLASH_WORD_BYTES);
}
