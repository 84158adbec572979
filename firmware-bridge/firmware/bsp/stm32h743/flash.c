/*
 * The flash of 2 MB (RM0433, 4): two banks of 8 sectors, words of 256 bits with an ECC. A busy bank stalls whoever
 * reads it, so all of the program runs from ITCM, and only networks and journals are read from here.
 */
#include "lln_platform/flash.h"

#include "../cortex_m7/flash_span.h"
#include "../cortex_m7/start.h"
#include "board.h"
#include "lln_platform/board.h"
#include "lln_platform/clock.h"
#include "registers.h"

#define LLN_FLASH_BASE 0x08000000u
#define LLN_FLASH_BYTES (2u << 20)
#define LLN_SECTOR_BYTES (128u * 1024u)
#define LLN_SECTORS_PER_BANK 8u
#define LLN_BANK_BYTES (LLN_SECTORS_PER_BANK * LLN_SECTOR_BYTES)
/* Ten times the longest program, and the longest erase with room (DS12110, table 53: 580 us, 4 s). */
#define LLN_PROGRAM_US_MAX 5800u
#define LLN_ERASE_US_MAX 6000000u

static const lln_flash_layout lln_layout = {
    .sector_bytes = LLN_SECTOR_BYTES, .journal = {{8, 1}, {9, 1} },
         .slot = {{2, 6}, {10, 6}}
};

const lln_flash_layout *lln_flash_layout_of_board(void) { return &lln_layout; }

const void *lln_flash_address(uint32_t offset) { return (const void *)(uintptr_t)(LLN_FLASH_BASE + offset); }

static volatile uint32_t *lln_flash_words(uint32_t offset) {
  return (volatile uint32_t *)(uintptr_t)(LLN_FLASH_BASE + offset);
}

/*
 * Reads one word though its ECC may refuse: at the priority of FAULTMASK, CCR.BFHFNMIGN makes the processor ignore the
 * bus error (DDI 0403, B3.2.8), and the flash interface tells of it (RM0433, 4.7.2). Interrupts wait for these few
 * loads.
 */
static bool lln_word_read(uint32_t offset, uint32_t to[LLN_FLASH_WORD_U32]) {
  const uint32_t bank = offset / LLN_BANK_BYTES;
  const volatile uint32_t *from = lln_flash_words(offset);
  FLASH_CCR(bank) = FLASH_SR_ECC_DOUBLE | FLASH_SR_ECC_CORRECTED;
  SCB_CFSR = SCB_CFSR_BUS_FAULTS;
  __asm__ volatile("cpsid f" ::: "memory");
  SCB_CCR |= SCB_CCR_IGNORE_BUS_FAULTS;
  lln_barrier();
  for (size_t i = 0; i < LLN_FLASH_WORD_U32; i++) to[i] = from[i];
  lln_barrier();
  SCB_CCR &= ~SCB_CCR_IGNORE_BUS_FAULTS;
  lln_barrier();
  __asm__ volatile("cpsie f" ::: "memory");
  const bool refused = (FLASH_SR(bank) & FLASH_SR_ECC_DOUBLE) != 0 || (SCB_CFSR & SCB_CFSR_PRECISE_BUS_FAULT) != 0;
  FLASH_CCR(bank) = FLASH_SR_ECC_DOUBLE | FLASH_SR_ECC_CORRECTED;
  SCB_CFSR = SCB_CFSR_BUS_FAULTS;
  return !refused;
}

lln_platform_status lln_flash_read(uint32_t offset, void *to, size_t bytes) {
  if (!lln_flash_has(LLN_FLASH_BYTES, offset, bytes)) return LLN_PLATFORM_ARGUMENT;
  uint8_t *target = to;
  while (bytes > 0) {
    uint32_t word[LLN_FLASH_WORD_U32];
    const uint32_t skip = offset % LLN_FLASH_WORD_BYTES;
    const size_t part = bytes < LLN_FLASH_WORD_BYTES - skip ? bytes : LLN_FLASH_WORD_BYTES - skip;
    if (!lln_word_read(offset - skip, word)) return LLN_PLATFORM_UNREADABLE;
    __builtin_memcpy(target, (const uint8_t *)word + skip, part);
    target += part;
    offset += (uint32_t)part;
    bytes -= part;
  }
  return LLN_PLATFORM_OK;
}

static void lln_bank_unlock(uint32_t bank) {
  if ((FLASH_CR(bank) & FLASH_CR_LOCK) != 0) {
    FLASH_KEYR(bank) = FLASH_KEY_1;
    FLASH_KEYR(bank) = FLASH_KEY_2;
  }
  FLASH_CCR(bank) = FLASH_CCR_ALL;
}

static void lln_bank_lock(uint32_t bank) { FLASH_CR(bank) = FLASH_CR_LOCK | FLASH_CR_64_BITS; }

/* Until the bank has nothing left to do (RM0433, 4.3.9 and 4.3.10). */
static bool lln_bank_settles(uint32_t bank, uint32_t limit_us) {
  const uint64_t start = lln_clock_us();
  while ((FLASH_SR(bank) & (FLASH_SR_BUSY | FLASH_SR_QUEUED | FLASH_SR_BUFFER_NOT_EMPTY)) != 0) {
    lln_watchdog_feed();
    if (lln_clock_us() - start > limit_us) return false;
  }
  return true;
}

static bool lln_bank_is_content(uint32_t bank) { return (FLASH_SR(bank) & FLASH_SR_WRITE_ERRORS) == 0; }

static bool lln_is_erased(const uint32_t word[LLN_FLASH_WORD_U32]) {
  for (size_t i = 0; i < LLN_FLASH_WORD_U32; i++) {
    if (word[i] != UINT32_MAX) return false;
  }
  return true;
}

/* The eight stores fill the write buffer, whose last one starts the operation by itself. */
static bool lln_word_write(uint32_t offset, const uint32_t word[LLN_FLASH_WORD_U32]) {
  const uint32_t bank = offset / LLN_BANK_BYTES;
  volatile uint32_t *at = lln_flash_words(offset);
  lln_bank_unlock(bank);
  FLASH_CR(bank) = FLASH_CR_64_BITS | FLASH_CR_PROGRAM;
  lln_barrier();
  for (size_t i = 0; i < LLN_FLASH_WORD_U32; i++) at[i] = word[i];
  lln_barrier();
  const bool done = lln_bank_settles(bank, LLN_PROGRAM_US_MAX) && lln_bank_is_content(bank);
  FLASH_CCR(bank) = FLASH_CCR_ALL;
  lln_bank_lock(bank);
  lln_cache_forget((uintptr_t)at, LLN_FLASH_WORD_BYTES);
  return done;
}

lln_platform_status lln_flash_program(uint32_t offset, const void *word) {
  if (offset % LLN_FLASH_WORD_BYTES != 0) return LLN_PLATFORM_ARGUMENT;
  if (!lln_flash_is_open(&lln_layout, offset / LLN_SECTOR_BYTES)) return LLN_PLATFORM_ARGUMENT;
  uint32_t wanted[LLN_FLASH_WORD_U32];
  uint32_t found[LLN_FLASH_WORD_U32];
  __builtin_memcpy(wanted, word, sizeof wanted);
  if (!lln_word_read(offset, found) || !lln_is_erased(found)) return LLN_PLATFORM_NOT_ERASED;
  if (!lln_word_write(offset, wanted)) return LLN_PLATFORM_FAILED;
  if (!lln_word_read(offset, found)) return LLN_PLATFORM_UNREADABLE;
  return __builtin_memcmp(found, wanted, sizeof wanted) == 0 ? LLN_PLATFORM_OK : LLN_PLATFORM_UNREADABLE;
}

lln_platform_status lln_flash_erase(uint32_t sector) {
  if (!lln_flash_is_open(&lln_layout, sector)) return LLN_PLATFORM_ARGUMENT;
  const uint32_t bank = sector / LLN_SECTORS_PER_BANK;
  lln_bank_unlock(bank);
  FLASH_CR(bank) = FLASH_CR_64_BITS | FLASH_CR_ERASE_SECTOR | FLASH_CR_SECTOR(sector % LLN_SECTORS_PER_BANK);
  FLASH_CR(bank) |= FLASH_CR_START;
  lln_barrier();
  const bool done = lln_bank_settles(bank, LLN_ERASE_US_MAX) && lln_bank_is_content(bank);
  FLASH_CCR(bank) = FLASH_CCR_ALL;
  lln_bank_lock(bank);
  lln_cache_forget(LLN_FLASH_BASE + sector * LLN_SECTOR_BYTES, LLN_SECTOR_BYTES);
  return done ? LLN_PLATFORM_OK : LLN_PLATFORM_FAILED;
}

/* A network that runs in place reads without a guard: what its word's ECC refuses then ends here, in a reset. */
int lln_board_fault_is_of_flash(void) {
  const bool precise = (SCB_CFSR & (SCB_CFSR_PRECISE_BUS_FAULT | SCB_CFSR_BFAR_VALID)) ==
                       (SCB_CFSR_PRECISE_BUS_FAULT | SCB_CFSR_BFAR_VALID);
  return precise && SCB_BFAR - LLN_FLASH_BASE < LLN_FLASH_BYTES;
}
