/*
 * Flash, played by the PSRAM at 0x60000000, which QEMU keeps in a file. It has the STM32H743's rules: sectors, words,
 * programmed once and only when erased. A program that is cut off leaves a word with a wrong content, as there; without
 * an ECC nobody refuses to read it.
 *
 * Erased flash is ones, a fresh file is zeros: whoever makes the file fills all of its 16 MiB with 0xFF.
 */
#include "lln_platform/flash.h"

#include "../cortex_m7/flash_span.h"
#include "board.h"
#include "lln_platform/board.h"

#define LLN_FLASH_BASE 0x60000000u
#define LLN_SECTOR_BYTES (128u * 1024u)
#define LLN_SLOT_SECTORS 13u
#define LLN_SECTORS (2u + 2u * LLN_SLOT_SECTORS)
#define LLN_FLASH_BYTES (LLN_SECTORS * LLN_SECTOR_BYTES)
#define LLN_WORDS (LLN_FLASH_BYTES / LLN_FLASH_WORD_BYTES)
#define LLN_WORDS_PER_SECTOR (LLN_SECTOR_BYTES / LLN_FLASH_WORD_BYTES)

static const lln_flash_layout lln_layout = {
    .sector_bytes = LLN_SECTOR_BYTES,
    .journal = {{0, 1},                {1, 1}                                  },
    .slot = {{2, LLN_SLOT_SECTORS}, {2 + LLN_SLOT_SECTORS, LLN_SLOT_SECTORS}}
};

/* A word of ones that was programmed looks erased: so one bit each, since the start. */
static uint32_t lln_programmed[LLN_WORDS / 32u];

const lln_flash_layout *lln_flash_layout_of_board(void) { return &lln_layout; }

const void *lln_flash_address(uint32_t offset) { return (const void *)(uintptr_t)(LLN_FLASH_BASE + offset); }

static volatile uint32_t *lln_flash_words(uint32_t offset) {
  return (volatile uint32_t *)(uintptr_t)(LLN_FLASH_BASE + offset);
}

lln_platform_status lln_flash_read(uint32_t offset, void *to, size_t bytes) {
  if (!lln_flash_has(LLN_FLASH_BYTES, offset, bytes)) return LLN_PLATFORM_ARGUMENT;
  const volatile uint8_t *from = lln_flash_address(offset);
  for (size_t i = 0; i < bytes; i++) ((uint8_t *)to)[i] = from[i];
  return LLN_PLATFORM_OK;
}

static bool lln_word_is_erased(uint32_t offset) {
  const uint32_t number = offset / LLN_FLASH_WORD_BYTES;
  if ((lln_programmed[number / 32u] >> (number % 32u) & 1u) != 0) return false;
  const volatile uint32_t *at = lln_flash_words(offset);
  for (size_t i = 0; i < LLN_FLASH_WORD_U32; i++) {
    if (at[i] != UINT32_MAX) return false;
  }
  return true;
}

lln_platform_status lln_flash_program(uint32_t offset, const void *word) {
  if (!lln_flash_has(LLN_FLASH_BYTES, offset, LLN_FLASH_WORD_BYTES)) return LLN_PLATFORM_ARGUMENT;
  if (offset % LLN_FLASH_WORD_BYTES != 0) return LLN_PLATFORM_ARGUMENT;
  if (!lln_word_is_erased(offset)) return LLN_PLATFORM_NOT_ERASED;
  uint32_t wanted[LLN_FLASH_WORD_U32];
  __builtin_memcpy(wanted, word, sizeof wanted);
  const uint32_t number = offset / LLN_FLASH_WORD_BYTES;
  lln_programmed[number / 32u] |= 1u << (number % 32u);
  volatile uint32_t *at = lln_flash_words(offset);
  for (size_t i = 0; i < LLN_FLASH_WORD_U32; i++) at[i] = wanted[i];
  for (size_t i = 0; i < LLN_FLASH_WORD_U32; i++) {
    if (at[i] != wanted[i]) return LLN_PLATFORM_UNREADABLE;
  }
  return LLN_PLATFORM_OK;
}

lln_platform_status lln_flash_erase(uint32_t sector) {
  if (!lln_flash_is_open(&lln_layout, sector)) return LLN_PLATFORM_ARGUMENT;
  volatile uint32_t *at = lln_flash_words(sector * LLN_SECTOR_BYTES);
  for (size_t i = 0; i < LLN_SECTOR_BYTES / sizeof *at; i++) at[i] = UINT32_MAX;
  const size_t first = sector * LLN_WORDS_PER_SECTOR / 32u;
  for (size_t i = 0; i < LLN_WORDS_PER_SECTOR / 32u; i++) lln_programmed[first + i] = 0;
  lln_watchdog_feed();
  return LLN_PLATFORM_OK;
}
