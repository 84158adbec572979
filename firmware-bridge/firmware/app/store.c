#include "store.h"

#include "bytes.h"

/* Words that refuse to be programmed before a journal is given up. */
#define BAD_WORDS_MAX 8u
/* Times that a journal is erased and written again. */
#define COMPACTIONS_MAX 2u

static uint32_t sector_of(uint8_t journal) { return lln_flash_layout_of_board()->journal[journal].first_sector; }

static uint32_t words_per_journal(void) { return lln_flash_layout_of_board()->sector_bytes / LLN_FLASH_WORD_BYTES; }

static uint32_t offset_of(uint8_t journal, uint32_t word) {
  return sector_of(journal) * lln_flash_layout_of_board()->sector_bytes + word * LLN_FLASH_WORD_BYTES;
}

static void clear(lln_store *store) {
  const lln_flash_layout *layout = lln_flash_layout_of_board();
  store->machine = lln_machine_new();
  store->upload.slot = LLN_NO_SLOT;
  store->sectors = 0;
  for (uint32_t i = 0; i < LLN_SLOTS; i++) {
    const lln_flash_area areas[2] = {layout->journal[i], layout->slot[i]};
    for (uint32_t k = 0; k < 2; k++) {
      const uint32_t end = (uint32_t)areas[k].first_sector + areas[k].sectors;
      if (end > store->sectors) store->sectors = end;
    }
  }
  if (store->sectors > LLN_SECTORS_MAX) store->sectors = LLN_SECTORS_MAX;
  for (uint32_t i = 0; i < LLN_SECTORS_MAX; i++) {
    store->erasures[i] = 0;
    store->is_fresh[i] = false;
  }
  store->next_word = 0;
  store->next_number = 1;
}

static void forget_fresh(lln_store *store) {
  for (uint32_t i = 0; i < LLN_SECTORS_MAX; i++) store->is_fresh[i] = false;
}

static void take_upload(lln_store *store, const lln_record *record) {
  store->upload.slot = record->slot < LLN_SLOTS ? record->slot : LLN_NO_SLOT;
  store->upload.length = record->values[0];
  for (int i = 0; i < 3; i++) lln_put_le32(store->upload.hash_start + 4 * i, record->values[1 + i]);
  forget_fresh(store);
}

/* What a record means, whether it is read or has just been written. */
static void take(lln_store *store, const lln_record *record) {
  lln_machine machine;
  if (record->kind == LLN_RECORD_MACHINE && lln_machine_of_record(record, &machine)) store->machine = machine;
  if (record->kind == LLN_RECORD_UPLOAD) take_upload(store, record);
  if (record->kind == LLN_RECORD_ERASED && record->values[0] < LLN_SECTORS_MAX) {
    store->erasures[record->values[0]] = record->values[1];
    store->is_fresh[record->values[0]] = true;
  }
}

static bool read_record(uint8_t journal, uint32_t word, lln_record *record, bool *is_erased) {
  uint8_t bytes[LLN_FLASH_WORD_BYTES];
  *is_erased = false;
  if (lln_flash_read(offset_of(journal, word), bytes, sizeof bytes) != LLN_PLATFORM_OK) return false;
  if (lln_record_unpack(bytes, record)) return true;
  *is_erased = true;
  for (size_t i = 0; i < sizeof bytes; i++) *is_erased = *is_erased && bytes[i] == 0xFF;
  return false;
}

static void load(lln_store *store, uint8_t journal) {
  store->journal = journal;
  for (uint32_t word = 0; word < words_per_journal(); word++) {
    lln_record record;
    bool is_erased;
    if (read_record(journal, word, &record, &is_erased)) {
      take(store, &record);
      if (record.number >= store->next_number) store->next_number = record.number + 1;
    }
    /* After the last word that is not erased, torn or not: no word is programmed twice. */
    if (!is_erased) store->next_word = word + 1;
  }
}

static lln_platform_status write(uint8_t journal, uint32_t word, const lln_record *record) {
  uint8_t bytes[LLN_FLASH_WORD_BYTES];
  lln_record_pack(record, bytes);
  return lln_flash_program(offset_of(journal, word), bytes);
}

/* Writes into the journal that is being made, which must still be empty from `next_word` on. */
static lln_platform_status write_next(lln_store *store, uint8_t journal, lln_record record) {
  record.number = store->next_number++;
  return write(journal, store->next_word++, &record);
}

static lln_record record_of_upload(const lln_upload_note *note) {
  lln_record record = {
      .kind = LLN_RECORD_UPLOAD, .slot = note->slot, .values = {note->length, 0, 0, 0}
  };
  for (int i = 0; i < 3; i++) record.values[1 + i] = lln_get_le32(note->hash_start + 4 * i);
  return record;
}

static lln_platform_status write_erasures(lln_store *store, uint8_t journal, bool is_fresh) {
  for (uint32_t sector = 0; sector < store->sectors; sector++) {
    if (store->erasures[sector] == 0 || store->is_fresh[sector] != is_fresh) continue;
    const lln_record record = {
        .kind = LLN_RECORD_ERASED, .values = {sector, store->erasures[sector], 0, 0}
    };
    const lln_platform_status status = write_next(store, journal, record);
    if (status != LLN_PLATFORM_OK) return status;
  }
  return LLN_PLATFORM_OK;
}

/* What is in force, in the order in which it must be read; the first word, which puts the journal in force, last. */
static lln_platform_status write_all(lln_store *store, uint8_t journal) {
  lln_record first = lln_record_of_machine(&store->machine);
  first.number = store->next_number++;
  store->next_word = 1;
  lln_platform_status status = write_erasures(store, journal, false);
  if (status == LLN_PLATFORM_OK) status = write_next(store, journal, record_of_upload(&store->upload));
  if (status == LLN_PLATFORM_OK) status = write_erasures(store, journal, true);
  if (status == LLN_PLATFORM_OK) status = write(journal, 0, &first);
  return status;
}

static lln_platform_status compact(lln_store *store) {
  const uint8_t other = store->journal == 0 ? 1u : 0u;
  const uint32_t full = store->next_word;
  lln_platform_status status = LLN_PLATFORM_FAILED;
  for (uint32_t i = 0; i < COMPACTIONS_MAX && status != LLN_PLATFORM_OK; i++) {
    status = lln_flash_erase(sector_of(other));
    store->erasures[sector_of(other)]++;
    if (status == LLN_PLATFORM_OK) status = write_all(store, other);
  }
  if (status == LLN_PLATFORM_OK)
    store->journal = other;
  else
    store->next_word = full;
  return status;
}

static lln_platform_status append(lln_store *store, lln_record record) {
  record.number = store->next_number++;
  for (uint32_t i = 0; i < BAD_WORDS_MAX; i++) {
    if (store->next_word >= words_per_journal()) {
      const lln_platform_status status = compact(store);
      if (status != LLN_PLATFORM_OK) return status;
      record.number = store->next_number++;
    }
    if (write(store->journal, store->next_word++, &record) == LLN_PLATFORM_OK) {
      take(store, &record);
      return LLN_PLATFORM_OK;
    }
  }
  return LLN_PLATFORM_FAILED;
}

/* The journal with the higher first number; LLN_NO_SLOT if neither has begun. */
static uint8_t journal_in_force(void) {
  lln_record first[LLN_SLOTS];
  bool has_begun[LLN_SLOTS];
  bool is_erased;
  for (uint8_t i = 0; i < LLN_SLOTS; i++) has_begun[i] = read_record(i, 0, &first[i], &is_erased);
  if (has_begun[0] && has_begun[1]) return first[1].number > first[0].number ? 1u : 0u;
  if (has_begun[0]) return 0u;
  return has_begun[1] ? 1u : (uint8_t)LLN_NO_SLOT;
}

lln_platform_status lln_store_open(lln_store *store) {
  clear(store);
  const uint8_t journal = journal_in_force();
  if (journal != LLN_NO_SLOT) {
    load(store, journal);
    return LLN_PLATFORM_OK;
  }
  store->journal = 1;
  return compact(store);
}

lln_platform_status lln_store_set_machine(lln_store *store, lln_machine machine) {
  if (lln_machine_equals(&machine, &store->machine)) return LLN_PLATFORM_OK;
  return append(store, lln_record_of_machine(&machine));
}

lln_platform_status lln_store_begin_upload(lln_store *store, uint8_t slot, uint32_t length,
                                           const uint8_t hash_start[LLN_HASH_START_BYTES]) {
  lln_upload_note note = {.slot = slot, .length = length};
  lln_copy_bytes(note.hash_start, hash_start, LLN_HASH_START_BYTES);
  return append(store, record_of_upload(&note));
}

lln_platform_status lln_store_end_upload(lln_store *store) {
  if (store->upload.slot == LLN_NO_SLOT) return LLN_PLATFORM_OK;
  const lln_upload_note none = {.slot = LLN_NO_SLOT};
  return append(store, record_of_upload(&none));
}

lln_platform_status lln_store_erase(lln_store *store, uint32_t sector) {
  const lln_platform_status status = lln_flash_erase(sector);
  if (status != LLN_PLATFORM_OK) return status;
  const lln_record record = {
      .kind = LLN_RECORD_ERASED, .values = {sector, store->erasures[sector] + 1, 0, 0}
  };
  return append(store, record);
}
