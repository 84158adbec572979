/* The flash of a board, as the application sees it. Offsets count from its first byte. */
#ifndef LLN_PLATFORM_FLASH_H
#define LLN_PLATFORM_FLASH_H

#include <stddef.h>
#include <stdint.h>

#include "status.h"

/* One word is programmed at once, and once between two erasures (RM0433, 4.3.9). */
#define LLN_FLASH_WORD_BYTES 32u

/* Sectors that belong together. */
typedef struct lln_flash_area {
  uint16_t first_sector;
  uint16_t sectors;
} lln_flash_area;

/* Where a board keeps what. Code sectors are in no area. */
typedef struct lln_flash_layout {
  uint32_t sector_bytes;
  lln_flash_area journal[2]; /* one sector each */
  lln_flash_area slot[2];    /* blue, green */
} lln_flash_layout;

const lln_flash_layout *lln_flash_layout_of_board(void);

/* The byte at `offset` in the memory map. Reading a word that was torn may fault: only for what lln_flash_read has
 * read. */
const void *lln_flash_address(uint32_t offset);

/* Copies; LLN_PLATFORM_UNREADABLE, and nothing usable in `to`, if the ECC of a word in it refuses. Any alignment. */
lln_platform_status lln_flash_read(uint32_t offset, void *to, size_t bytes);

/* Programs one erased word at a multiple of LLN_FLASH_WORD_BYTES and reads it back. Feeds the watchdog as needed. */
lln_platform_status lln_flash_program(uint32_t offset, const void *word);

/* Erases one sector to ones; seconds on real flash. Feeds the watchdog as needed. */
lln_platform_status lln_flash_erase(uint32_t sector);

#endif
