/* A file: the flash's bytes, a mark for each word, and a trailer that says what it is. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lln_platform/board.h"
#include "options.h"
#include "posix_board.h"

#define MAGIC "LLNFLSH1"
#define MAGIC_BYTES 8u
#define TRAILER_BYTES 64u

uint8_t lln_posix_id[LLN_POSIX_ID_BYTES];

static lln_flash_model model;

static uint32_t sectors_of(const lln_flash_layout *layout) {
  return (uint32_t)layout->slot[1].first_sector + layout->slot[1].sectors;
}

static void cut_power(void) {
  lln_posix_remove_line();
  _exit(LLN_EXIT_POWER_CUT);
}

static void make(uint8_t *trailer) {
  lln_model_format(&model);
  if (getrandom(trailer + MAGIC_BYTES, LLN_POSIX_ID_BYTES, 0) != (ssize_t)LLN_POSIX_ID_BYTES) {
    lln_posix_fail("there is no randomness for the board's id", lln_posix.flash);
  }
  memcpy(trailer, MAGIC, MAGIC_BYTES);
}

void lln_posix_open_flash(void) {
  const uint32_t sectors = sectors_of(lln_posix.layout);
  const size_t flash_bytes = (size_t)sectors * LLN_MODEL_SECTOR_BYTES;
  const size_t mark_bytes = flash_bytes / LLN_FLASH_WORD_BYTES;
  const size_t file_bytes = flash_bytes + mark_bytes + TRAILER_BYTES;
  errno = 0;
  const int file = open(lln_posix.flash, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  struct stat status;
  if (file < 0 || fstat(file, &status) != 0) lln_posix_fail("cannot be opened", lln_posix.flash);
  if (status.st_size != 0 && status.st_size != (off_t)file_bytes) {
    lln_posix_fail("is no flash of this layout (its length is another one)", lln_posix.flash);
  }
  if (status.st_size == 0 && ftruncate(file, (off_t)file_bytes) != 0) lln_posix_fail("cannot be made", lln_posix.flash);
  uint8_t *memory = mmap(NULL, file_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (memory == MAP_FAILED) lln_posix_fail("cannot be mapped", lln_posix.flash);
  close(file);
  uint8_t *trailer = memory + flash_bytes + mark_bytes;
  model = (lln_flash_model){memory,           memory + flash_bytes, sectors,  lln_posix_kept_state.operations,
                            lln_posix.cut_at, lln_posix.cut_mode,   cut_power};
  /* A file whose making was interrupted has no magic yet; everything is written before it. */
  static const uint8_t nothing[MAGIC_BYTES] = {0};
  if (memcmp(trailer, nothing, MAGIC_BYTES) == 0) make(trailer);
  if (memcmp(trailer, MAGIC, MAGIC_BYTES) != 0) lln_posix_fail("is no flash of a posix board", lln_posix.flash);
  memcpy(lln_posix_id, trailer + MAGIC_BYTES, LLN_POSIX_ID_BYTES);
}

const lln_flash_layout *lln_flash_layout_of_board(void) { return lln_posix.layout; }

const void *lln_flash_address(uint32_t offset) { return model.bytes + offset; }

lln_platform_status lln_flash_read(uint32_t offset, void *to, size_t bytes) {
  return lln_model_read(&model, offset, to, bytes);
}

lln_platform_status lln_flash_program(uint32_t offset, const void *word) {
  lln_watchdog_feed();
  const lln_platform_status status = lln_model_program(&model, offset, word);
  lln_posix_kept_state.operations = model.operations;
  return status;
}

lln_platform_status lln_flash_erase(uint32_t sector) {
  lln_watchdog_feed();
  const lln_platform_status status = lln_model_erase(&model, sector);
  lln_posix_kept_state.operations = model.operations;
  return status;
}
