/* Which images there are, and which one serves. */
#include "bytes.h"
#include "image_group.h"

#define VERSION_CHARACTERS 32u

static void put_version(lln_cbor_writer *answer, const lln_slot *slot) {
  char text[VERSION_CHARACTERS];
  size_t at = sizeof text;
  uint32_t crc = slot->crc;
  do {
    text[--at] = (char)('0' + crc % 10u);
    crc /= 10u;
  } while (crc > 0);
  static const char front[] = {'0' + LLN_ABI, '.', '0', '.', '0', '.'};
  for (size_t i = sizeof front; i > 0; i--) text[--at] = front[i - 1];
  lln_cbor_key(answer, "version");
  lln_cbor_text(answer, text + at, sizeof text - at);
}

static void put_image(const lln_app *app, uint8_t slot, lln_cbor_writer *answer) {
  const lln_machine *machine = &app->store.machine;
  const bool is_active = machine->live == slot;
  const bool is_pending = machine->pending == slot;
  /* What was confirmed once may be tried again: until that ends well nobody has confirmed what serves. */
  const bool is_tried = is_active && machine->is_trial;
  const bool is_confirmed = machine->standing[slot] == LLN_STANDING_CONFIRMED && !is_tried;
  lln_cbor_open_map(answer);
  lln_cbor_put_number(answer, "image", 0);
  lln_cbor_put_number(answer, "slot", slot);
  put_version(answer, &app->slots[slot]);
  lln_cbor_key(answer, "hash");
  lln_cbor_bytes(answer, app->slots[slot].hash, LLN_SHA256_BYTES);
  lln_cbor_put_flag(answer, "bootable", machine->standing[slot] != LLN_STANDING_REVERTED);
  lln_cbor_put_flag(answer, "pending", is_pending);
  lln_cbor_put_flag(answer, "confirmed", is_confirmed);
  lln_cbor_put_flag(answer, "active", is_active);
  lln_cbor_put_flag(answer, "permanent", is_pending && machine->is_permanent);
  lln_cbor_close_map(answer);
}

static lln_failure put_state(const lln_app *app, lln_cbor_writer *answer) {
  uint32_t count = 0;
  for (uint8_t slot = 0; slot < LLN_SLOTS; slot++) count += lln_app_is_bootable(app, slot) ? 1u : 0u;
  lln_cbor_key(answer, "images");
  lln_cbor_array(answer, count);
  for (uint8_t slot = 0; slot < LLN_SLOTS; slot++) {
    if (lln_app_is_bootable(app, slot)) put_image(app, slot, answer);
  }
  lln_cbor_put_number(answer, "splitStatus", 0);
  return LLN_SMP_OK;
}

lln_failure lln_image_read_state(lln_app *app, const lln_request *request, lln_cbor_writer *answer) {
  return lln_read_request(request, NULL, 0) ? put_state(app, answer) : LLN_SMP_INVALID;
}

/* With one image in both slots the live one is meant. */
static uint8_t find_image(const lln_app *app, const lln_field *hash) {
  const uint8_t live = lln_app_live(app);
  const uint8_t first = live == LLN_NO_SLOT ? 0u : live;
  const uint8_t order[LLN_SLOTS] = {first, lln_other_slot(first)};
  for (size_t i = 0; i < LLN_SLOTS; i++) {
    if (lln_app_is_bootable(app, order[i]) && lln_are_equal(app->slots[order[i]].hash, hash->bytes, LLN_SHA256_BYTES)) {
      return order[i];
    }
  }
  return LLN_NO_SLOT;
}

static lln_failure make_durable(lln_app *app, lln_machine machine) {
  return lln_store_set_machine(&app->store, machine) == LLN_PLATFORM_OK ? LLN_SMP_OK
                                                                        : LLN_IMAGE_FAIL(IMAGE_FLASH_WRITE_FAILED);
}

static lln_failure confirm_live(lln_app *app) {
  if (lln_app_live(app) == LLN_NO_SLOT) return LLN_IMAGE_FAIL(IMAGE_NO_IMAGE);
  const bool was_trial = app->store.machine.is_trial;
  const lln_failure failure = make_durable(app, lln_machine_confirm(app->store.machine));
  if (failure == LLN_SMP_OK && was_trial) lln_log_say(&app->log, LLN_LOG_INFO, "trial confirmed");
  return failure;
}

/*
 * An image that is not live becomes pending. During a trial only the confirmed one may, for good: that is to give the
 * trial up, and the next start does it.
 */
static lln_failure set_pending(lln_app *app, uint8_t slot, bool is_permanent) {
  const lln_machine *machine = &app->store.machine;
  if (machine->standing[slot] == LLN_STANDING_REVERTED) return LLN_IMAGE_FAIL(IMAGE_NO_IMAGE);
  const bool is_return = is_permanent && machine->standing[slot] == LLN_STANDING_CONFIRMED;
  if (machine->is_trial && !is_return) return LLN_IMAGE_FAIL(IMAGE_ALREADY_PENDING);
  return make_durable(app, lln_machine_set_pending(*machine, slot, is_permanent));
}

static lln_failure change_state(lln_app *app, const lln_field *hash, bool is_confirmed) {
  if (!hash->is_given || hash->length == 0) {
    return is_confirmed ? confirm_live(app) : LLN_IMAGE_FAIL(IMAGE_INVALID_HASH);
  }
  if (hash->length != LLN_SHA256_BYTES) return LLN_IMAGE_FAIL(IMAGE_INVALID_HASH);
  const uint8_t slot = find_image(app, hash);
  if (slot == LLN_NO_SLOT) return LLN_IMAGE_FAIL(IMAGE_HASH_NOT_FOUND);
  if (slot != lln_app_live(app)) return set_pending(app, slot, is_confirmed);
  return is_confirmed ? confirm_live(app) : LLN_IMAGE_FAIL(IMAGE_TEST_TO_ACTIVE_DENIED);
}

lln_failure lln_image_write_state(lln_app *app, const lln_request *request, lln_cbor_writer *answer) {
  lln_field fields[] = {LLN_FIELD("hash", LLN_FIELD_BYTES), LLN_FIELD("confirm", LLN_FIELD_FLAG)};
  if (!LLN_READ_REQUEST(request, fields)) return LLN_SMP_INVALID;
  const lln_failure failure = change_state(app, &fields[0], fields[1].flag);
  return failure == LLN_SMP_OK ? put_state(app, answer) : failure;
}
