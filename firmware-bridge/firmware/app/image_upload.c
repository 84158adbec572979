/* Chunks of an image for the slot on standby. */
#include "bytes.h"
#include "image_group.h"

enum { UPLOAD_OFF, UPLOAD_DATA, UPLOAD_IMAGE, UPLOAD_LEN, UPLOAD_SHA, UPLOAD_FIELDS };

/* What can be known from the first bytes. */
static lln_failure check_beginning(const lln_field *fields, uint8_t slot) {
  static const uint8_t magic[4] = {'L', 'N', 'E', 'T'};
  const lln_field *data = &fields[UPLOAD_DATA];
  const uint32_t length = fields[UPLOAD_LEN].number;
  if (fields[UPLOAD_SHA].is_given && fields[UPLOAD_SHA].length != LLN_SHA256_BYTES) {
    return LLN_IMAGE_FAIL(IMAGE_INVALID_HASH);
  }
  if (!fields[UPLOAD_LEN].is_given) return LLN_IMAGE_FAIL(IMAGE_INVALID_LENGTH);
  if (length > lln_slot_capacity(slot)) return LLN_IMAGE_FAIL(IMAGE_TOO_LARGE);
  if (data->length < 12) return LLN_IMAGE_FAIL(IMAGE_INVALID_HEADER);
  if (!lln_are_equal(data->bytes, magic, sizeof magic)) return LLN_IMAGE_FAIL(IMAGE_INVALID_MAGIC);
  if (lln_get_le16(data->bytes + 4) != LLN_ABI) return LLN_IMAGE_FAIL(IMAGE_INVALID_HEADER);
  const bool is_right = lln_get_le32(data->bytes + 8) == length && length % LLN_IMAGE_ALIGNMENT == 0 && length > 0;
  return is_right ? LLN_SMP_OK : LLN_IMAGE_FAIL(IMAGE_INVALID_LENGTH);
}

/* The whole image is in the slot already. */
static bool is_present(const lln_app *app, uint8_t slot, uint32_t length, const uint8_t *hash) {
  return hash != NULL && lln_app_is_bootable(app, slot) && app->slots[slot].length == length &&
         lln_are_equal(app->slots[slot].hash, hash, LLN_SHA256_BYTES);
}

/* The upload that `off` 0 asks for: the one that is under way, one that a reset interrupted, or a new one. */
static lln_failure begin_upload(lln_app *app, const lln_field *fields) {
  const uint8_t slot = lln_standby_slot(&app->store.machine);
  const uint32_t length = fields[UPLOAD_LEN].number;
  const uint8_t *hash = fields[UPLOAD_SHA].is_given ? fields[UPLOAD_SHA].bytes : NULL;
  const lln_failure failure = check_beginning(fields, slot);
  if (failure != LLN_SMP_OK) return failure;
  if (is_present(app, slot, length, hash)) {
    lln_upload_adopt(&app->upload, slot, length, hash);
    return LLN_SMP_OK;
  }
  if (lln_upload_is_for(&app->upload, length, hash)) return LLN_SMP_OK;
  app->slots[slot].state = LLN_SLOT_EMPTY;
  app->golden.slot = LLN_NO_SLOT;
  const lln_upload_result result = lln_upload_begin(&app->upload, &app->store, slot, length, hash);
  if (result != LLN_UPLOAD_OK) return LLN_IMAGE_FAIL(IMAGE_FLASH_WRITE_FAILED);
  lln_log_line *line = lln_log_begin(&app->log, LLN_LOG_INFO);
  lln_log_text(line, "upload to slot ");
  lln_log_number(line, slot);
  lln_log_text(line, " from byte ");
  lln_log_number(line, app->upload.offset);
  return LLN_SMP_OK;
}

static lln_failure failure_of(const lln_slot *found) {
  switch (found->state) {
    case LLN_SLOT_BOOTABLE: return LLN_SMP_OK;
    case LLN_SLOT_REFUSED: return LLN_IMAGE_FAIL(IMAGE_INVALID_HEADER);
    case LLN_SLOT_TOO_BIG: return LLN_IMAGE_FAIL(IMAGE_NO_FREE_MEMORY);
    default: return LLN_IMAGE_FAIL(IMAGE_FLASH_WRITE_FAILED);
  }
}

/* The upload is over, and nothing came of it: what is in flash must not be gone on with. */
static void give_up(lln_app *app, const char *why) {
  lln_upload_clear(&app->upload);
  (void)lln_store_end_upload(&app->store);
  lln_log_line *line = lln_log_begin(&app->log, LLN_LOG_WARN);
  lln_log_text(line, "upload given up: ");
  lln_log_text(line, why);
}

static void put_offset(lln_cbor_writer *answer, uint32_t offset) { lln_cbor_put_number(answer, "off", offset); }

static lln_failure end_upload(lln_app *app, lln_cbor_writer *answer) {
  lln_upload *upload = &app->upload;
  const bool has_hash = upload->has_hash;
  const uint32_t length = upload->length;
  lln_slot found;
  lln_slot_inspect_image(upload->slot, length, &found);
  if (has_hash && !lln_are_equal(found.hash, upload->hash, LLN_SHA256_BYTES)) {
    give_up(app, "its hash is another one");
    put_offset(answer, length);
    lln_cbor_put_flag(answer, "match", false);
    return LLN_SMP_OK;
  }
  const lln_failure failure = failure_of(&found);
  if (failure != LLN_SMP_OK) {
    give_up(app, found.state == LLN_SLOT_TOO_BIG ? "it needs more memory" : "the kernel refuses it");
    return failure;
  }
  if (lln_upload_finish(upload, &app->store, &found) == LLN_UPLOAD_FAILED) {
    return LLN_IMAGE_FAIL(IMAGE_FLASH_WRITE_FAILED);
  }
  if (upload->is_done) app->slots[upload->slot] = found;
  put_offset(answer, upload->offset);
  if (has_hash && upload->is_done) lln_cbor_put_flag(answer, "match", true);
  return LLN_SMP_OK;
}

/* What the client is to send next, and whether that is nothing because all is there. */
static lln_failure put_progress(const lln_upload *upload, lln_cbor_writer *answer) {
  put_offset(answer, upload->offset);
  if (upload->is_done && upload->has_hash) lln_cbor_put_flag(answer, "match", true);
  return LLN_SMP_OK;
}

lln_failure lln_image_upload(lln_app *app, const lln_request *request, lln_cbor_writer *answer) {
  lln_field fields[UPLOAD_FIELDS] = {
      [UPLOAD_OFF] = LLN_FIELD("off", LLN_FIELD_NUMBER),     [UPLOAD_DATA] = LLN_FIELD("data", LLN_FIELD_BYTES),
      [UPLOAD_IMAGE] = LLN_FIELD("image", LLN_FIELD_NUMBER), [UPLOAD_LEN] = LLN_FIELD("len", LLN_FIELD_NUMBER),
      [UPLOAD_SHA] = LLN_FIELD("sha", LLN_FIELD_BYTES),
  };
  if (!LLN_READ_REQUEST(request, fields)) return LLN_SMP_INVALID;
  if (!fields[UPLOAD_OFF].is_given || !fields[UPLOAD_DATA].is_given) return LLN_SMP_INVALID;
  if (fields[UPLOAD_IMAGE].number != 0) return LLN_IMAGE_FAIL(IMAGE_INVALID_SLOT);
  if (app->store.machine.is_trial) return LLN_IMAGE_FAIL(IMAGE_ALREADY_PENDING);
  lln_upload *upload = &app->upload;
  if (fields[UPLOAD_OFF].number == 0) {
    const lln_failure failure = begin_upload(app, fields);
    if (failure != LLN_SMP_OK) return failure;
  }
  if (upload->is_done || upload->slot == LLN_NO_SLOT || fields[UPLOAD_OFF].number != upload->offset) {
    return put_progress(upload, answer);
  }
  const lln_upload_result result =
      lln_upload_take(upload, &app->store, fields[UPLOAD_DATA].bytes, fields[UPLOAD_DATA].length);
  if (result == LLN_UPLOAD_FAILED) return LLN_IMAGE_FAIL(IMAGE_FLASH_WRITE_FAILED);
  return result == LLN_UPLOAD_ENDED ? end_upload(app, answer) : put_progress(upload, answer);
}
