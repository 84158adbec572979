/* Group 1 (docs/spec/board.md, 4): its commands, and those that are short. */
#include "image_group.h"

enum { STATE = 0, UPLOAD = 1, ERASE = 5, SLOT_INFO = 6 };

static uint8_t translate(uint8_t failure) {
  switch (failure) {
    case IMAGE_NO_IMAGE: return LLN_SMP_NO_ENTRY;
    case IMAGE_NO_FREE_MEMORY: return LLN_SMP_NO_MEMORY;
    case IMAGE_ALREADY_PENDING: return LLN_SMP_BAD_STATE;
    case IMAGE_INVALID_SLOT:
    case IMAGE_INVALID_LENGTH:
    case IMAGE_INVALID_HEADER:
    case IMAGE_INVALID_HASH: return LLN_SMP_INVALID;
    default: return LLN_SMP_UNKNOWN;
  }
}

static bool is_blank(uint32_t offset, uint32_t bytes) {
  uint8_t word[LLN_FLASH_WORD_BYTES];
  for (uint32_t at = 0; at < bytes; at += LLN_FLASH_WORD_BYTES) {
    if (lln_flash_read(offset + at, word, sizeof word) != LLN_PLATFORM_OK) return false;
    for (size_t i = 0; i < sizeof word; i++) {
      if (word[i] != 0xFF) return false;
    }
  }
  return true;
}

/* The first sector, in which the header is, first. */
static lln_failure erase_slot(lln_app *app, uint8_t slot) {
  const lln_flash_layout *layout = lln_flash_layout_of_board();
  const lln_flash_area *area = &layout->slot[slot];
  for (uint32_t i = 0; i < area->sectors; i++) {
    const uint32_t sector = area->first_sector + i;
    if (is_blank(sector * layout->sector_bytes, layout->sector_bytes)) continue;
    if (lln_store_erase(&app->store, sector) != LLN_PLATFORM_OK) return LLN_IMAGE_FAIL(IMAGE_FLASH_ERASE_FAILED);
  }
  return LLN_SMP_OK;
}

static lln_failure erase(lln_app *app, const lln_request *request, lln_cbor_writer *answer) {
  (void)answer;
  lln_field fields[] = {LLN_FIELD("slot", LLN_FIELD_NUMBER)};
  if (!LLN_READ_REQUEST(request, fields)) return LLN_SMP_INVALID;
  const lln_machine *machine = &app->store.machine;
  const uint32_t slot = fields[0].is_given ? fields[0].number : lln_standby_slot(machine);
  if (slot >= LLN_SLOTS || slot == machine->live) return LLN_IMAGE_FAIL(IMAGE_INVALID_SLOT);
  if (machine->is_trial) return LLN_IMAGE_FAIL(IMAGE_ALREADY_PENDING);
  if (lln_store_set_machine(&app->store, lln_machine_forget(*machine, (uint8_t)slot)) != LLN_PLATFORM_OK ||
      lln_store_end_upload(&app->store) != LLN_PLATFORM_OK) {
    return LLN_IMAGE_FAIL(IMAGE_FLASH_WRITE_FAILED);
  }
  lln_upload_clear(&app->upload);
  app->golden.slot = LLN_NO_SLOT;
  app->slots[slot].state = LLN_SLOT_EMPTY;
  return erase_slot(app, (uint8_t)slot);
}

static lln_failure slot_info(lln_app *app, const lln_request *request, lln_cbor_writer *answer) {
  (void)app;
  if (!lln_read_request(request, NULL, 0)) return LLN_SMP_INVALID;
  uint32_t largest = 0;
  lln_cbor_key(answer, "images");
  lln_cbor_array(answer, 1);
  lln_cbor_open_map(answer);
  lln_cbor_put_number(answer, "image", 0);
  lln_cbor_key(answer, "slots");
  lln_cbor_array(answer, LLN_SLOTS);
  for (uint8_t slot = 0; slot < LLN_SLOTS; slot++) {
    const uint32_t bytes = lln_slot_capacity(slot);
    if (bytes > largest) largest = bytes;
    lln_cbor_open_map(answer);
    lln_cbor_put_number(answer, "slot", slot);
    lln_cbor_put_number(answer, "size", bytes);
    lln_cbor_close_map(answer);
  }
  lln_cbor_put_number(answer, "max_image_size", largest);
  lln_cbor_close_map(answer);
  return LLN_SMP_OK;
}

static const lln_command commands[] = {
    {STATE,     lln_image_read_state, lln_image_write_state},
    {UPLOAD,    NULL,                 lln_image_upload     },
    {ERASE,     NULL,                 erase                },
    {SLOT_INFO, slot_info,            NULL                 }
};

const lln_group lln_image_group = {LLN_GROUP_IMAGE, commands, sizeof commands / sizeof *commands, translate};
