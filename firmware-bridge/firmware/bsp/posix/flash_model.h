/* The flash of an STM32H743 in memory: its rules, and what a power cut in the middle of an operation leaves behind. */
#ifndef LLN_POSIX_FLASH_MODEL_H
#define LLN_POSIX_FLASH_MODEL_H

#include "lln_platform/flash.h"

#define LLN_MODEL_SECTOR_BYTES 131072u
#define LLN_MODEL_WORDS_PER_SECTOR (LLN_MODEL_SECTOR_BYTES / LLN_FLASH_WORD_BYTES)

typedef enum lln_cut_mode {
  LLN_CUT_CLEAN,     /* before the operation does anything */
  LLN_CUT_TORN,      /* half of it is done, and can be read */
  LLN_CUT_UNREADABLE /* half of it is done, and the ECC refuses what it touched */
} lln_cut_mode;

typedef struct lln_flash_model {
  uint8_t *bytes; /* sectors x LLN_MODEL_SECTOR_BYTES */
  uint8_t *marks; /* one for each word; all 0 when new */
  uint32_t sectors;
  uint64_t operations; /* programmed words and erased sectors so far */
  uint64_t cut_at;     /* the operation that is cut; 0 for none */
  lln_cut_mode cut_mode;
  void (*on_cut)(void); /* does not return */
} lln_flash_model;

lln_platform_status lln_model_read(const lln_flash_model *model, uint32_t offset, void *to, size_t bytes);
lln_platform_status lln_model_program(lln_flash_model *model, uint32_t offset, const void *word);
lln_platform_status lln_model_erase(lln_flash_model *model, uint32_t sector);

/* As delivered: everything erased. */
void lln_model_format(lln_flash_model *model);

#endif
