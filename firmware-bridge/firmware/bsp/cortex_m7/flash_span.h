/* Arithmetic on flash offsets that both boards' drivers need. */
#ifndef LLN_CORTEX_M7_FLASH_SPAN_H
#define LLN_CORTEX_M7_FLASH_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lln_platform/flash.h"

#define LLN_FLASH_WORD_U32 (LLN_FLASH_WORD_BYTES / 4u)

static inline bool lln_flash_has(uint32_t flash_bytes, uint32_t offset, size_t bytes) {
  return bytes <= flash_bytes && offset <= flash_bytes - bytes;
}

/* Whether a sector is one of those that the application may change. */
static inline bool lln_flash_is_open(const lln_flash_layout *layout, uint32_t sector) {
  const lln_flash_area *areas[] = {&layout->journal[0], &layout->journal[1], &layout->slot[0], &layout->slot[1]};
  for (size_t i = 0; i < sizeof areas / sizeof areas[0]; i++) {
    if (sector >= areas[i]->first_sector && sector - areas[i]->first_sector < areas[i]->sectors) return true;
  }
  return false;
}

#endif
