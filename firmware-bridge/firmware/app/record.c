#include "record.h"

#include "bytes.h"
#include "kernel.h"

#define MAGIC 0x524E4C4Cu /* "LLNR" */
#define CRC_AT 28u

enum { MAGIC_AT = 0, KIND_AT = 4, SLOT_AT = 5, ZERO_AT = 6, NUMBER_AT = 8, VALUES_AT = 12 };
enum { FLAG_TRIAL = 1, FLAG_PERMANENT = 2, FLAGS_ALL = 3 };

void lln_record_pack(const lln_record *record, uint8_t word[LLN_FLASH_WORD_BYTES]) {
  lln_put_le32(word + MAGIC_AT, MAGIC);
  word[KIND_AT] = record->kind;
  word[SLOT_AT] = record->slot;
  word[ZERO_AT] = 0;
  word[ZERO_AT + 1] = 0;
  lln_put_le32(word + NUMBER_AT, record->number);
  for (int i = 0; i < 4; i++) lln_put_le32(word + VALUES_AT + 4 * i, record->values[i]);
  lln_put_le32(word + CRC_AT, lln_crc32(0, word, CRC_AT));
}

bool lln_record_unpack(const uint8_t word[LLN_FLASH_WORD_BYTES], lln_record *record) {
  if (lln_get_le32(word + MAGIC_AT) != MAGIC || lln_get_le32(word + CRC_AT) != lln_crc32(0, word, CRC_AT)) return false;
  record->kind = word[KIND_AT];
  record->slot = word[SLOT_AT];
  record->number = lln_get_le32(word + NUMBER_AT);
  for (int i = 0; i < 4; i++) record->values[i] = lln_get_le32(word + VALUES_AT + 4 * i);
  return true;
}

/* Values: live, pending, flags and 0 in a byte each; both standings in a byte each and the reverts; the boots; 0. */
lln_record lln_record_of_machine(const lln_machine *machine) {
  const uint32_t flags = (machine->is_trial ? FLAG_TRIAL : 0u) | (machine->is_permanent ? FLAG_PERMANENT : 0u);
  const lln_record record = {
      .kind = LLN_RECORD_MACHINE,
      .slot = machine->live,
      .values = {machine->live | (uint32_t)machine->pending << 8 | flags << 16,
                 machine->standing[0] | (uint32_t)machine->standing[1] << 8 | (uint32_t)machine->reverts << 16,
                 machine->boots, 0},
  };
  return record;
}

static bool is_slot_or_none(uint8_t slot) { return slot < LLN_SLOTS || slot == LLN_NO_SLOT; }

bool lln_machine_of_record(const lln_record *record, lln_machine *machine) {
  const uint32_t flags = record->values[0] >> 16;
  machine->live = (uint8_t)record->values[0];
  machine->pending = (uint8_t)(record->values[0] >> 8);
  machine->is_trial = (flags & FLAG_TRIAL) != 0;
  machine->is_permanent = (flags & FLAG_PERMANENT) != 0;
  machine->standing[0] = (uint8_t)record->values[1];
  machine->standing[1] = (uint8_t)(record->values[1] >> 8);
  machine->reverts = (uint16_t)(record->values[1] >> 16);
  machine->boots = record->values[2];
  return flags <= FLAGS_ALL && is_slot_or_none(machine->live) && is_slot_or_none(machine->pending) &&
         machine->standing[0] <= LLN_STANDING_REVERTED && machine->standing[1] <= LLN_STANDING_REVERTED &&
         !(machine->is_trial && machine->live == LLN_NO_SLOT);
}
