#include "slot.h"

#include "bytes.h"
#include "config.h"
#include "kernel.h"
#include "lln_platform/board.h"

#define MAGIC 0x534E4C4Cu /* "LLNS" */
#define IMAGE_CRC_AT 12u
/* Bytes of flash that are read at once. */
#define CHUNK_BYTES 256u

enum { MAGIC_AT = 0, LENGTH_AT = 4, ZERO_AT = 8, CRC_AT = 28, HASH_AT = 32 };

static const lln_flash_area *area_of(uint8_t slot) { return &lln_flash_layout_of_board()->slot[slot]; }

uint32_t lln_slot_offset(uint8_t slot) {
  return area_of(slot)->first_sector * lln_flash_layout_of_board()->sector_bytes;
}

uint32_t lln_slot_image_offset(uint8_t slot) { return lln_slot_offset(slot) + LLN_SLOT_HEADER_BYTES; }

uint32_t lln_slot_capacity(uint8_t slot) {
  return area_of(slot)->sectors * lln_flash_layout_of_board()->sector_bytes - LLN_SLOT_HEADER_BYTES;
}

/* Over the header's word, up to its checksum, and the hash. */
static uint32_t header_crc(const uint8_t words[LLN_SLOT_HEADER_BYTES]) {
  return lln_crc32(lln_crc32(0, words, CRC_AT), words + HASH_AT, LLN_SHA256_BYTES);
}

void lln_slot_pack_header(const lln_slot *slot, uint8_t words[LLN_SLOT_HEADER_BYTES]) {
  lln_put_le32(words + MAGIC_AT, MAGIC);
  lln_put_le32(words + LENGTH_AT, slot->length);
  lln_fill_bytes(words + ZERO_AT, 0, CRC_AT - ZERO_AT);
  lln_copy_bytes(words + HASH_AT, slot->hash, LLN_SHA256_BYTES);
  lln_put_le32(words + CRC_AT, header_crc(words));
}

static bool hash_image(uint8_t slot, uint32_t length, uint8_t digest[LLN_SHA256_BYTES]) {
  uint8_t chunk[CHUNK_BYTES];
  lln_sha256 hash;
  lln_sha256_begin(&hash);
  for (uint32_t at = 0; at < length; at += CHUNK_BYTES) {
    const uint32_t count = length - at < CHUNK_BYTES ? length - at : CHUNK_BYTES;
    if (lln_flash_read(lln_slot_image_offset(slot) + at, chunk, count) != LLN_PLATFORM_OK) return false;
    lln_sha256_add(&hash, chunk, count);
    lln_watchdog_feed();
  }
  lln_sha256_end(&hash, digest);
  return true;
}

static lln_slot_state open_image(uint8_t slot, lln_slot *found) {
  const uint8_t *image = lln_flash_address(lln_slot_image_offset(slot));
  lln_watchdog_feed();
  if (lln_open(image, found->length, &found->network) != LLN_OK) return LLN_SLOT_REFUSED;
  found->crc = lln_get_le32(image + IMAGE_CRC_AT);
  const bool has_room = lln_scratch_bytes(&found->network) <= LLN_SCRATCH_BYTES &&
                        lln_state_floats(&found->network) * sizeof(float) <= LLN_STATE_BYTES &&
                        found->network.input_size <= LLN_ROW_FLOATS_MAX &&
                        found->network.output_size <= LLN_ROW_FLOATS_MAX;
  return has_room ? LLN_SLOT_BOOTABLE : LLN_SLOT_TOO_BIG;
}

void lln_slot_inspect_image(uint8_t slot, uint32_t length, lln_slot *found) {
  found->length = length;
  found->state = hash_image(slot, length, found->hash) ? open_image(slot, found) : LLN_SLOT_DAMAGED;
}

void lln_slot_inspect(uint8_t slot, lln_slot *found) {
  uint8_t words[LLN_SLOT_HEADER_BYTES];
  found->state = LLN_SLOT_EMPTY;
  if (lln_flash_read(lln_slot_offset(slot), words, sizeof words) != LLN_PLATFORM_OK) return;
  const uint32_t length = lln_get_le32(words + LENGTH_AT);
  if (lln_get_le32(words + MAGIC_AT) != MAGIC || lln_get_le32(words + CRC_AT) != header_crc(words)) return;
  if (length > lln_slot_capacity(slot)) return;
  lln_slot_inspect_image(slot, length, found);
  if (!lln_are_equal(found->hash, words + HASH_AT, LLN_SHA256_BYTES)) found->state = LLN_SLOT_DAMAGED;
}
