#include "machine.h"

#include <stddef.h>

enum { NO, YES, ANY };

typedef struct boot_row {
  lln_boot_live live;
  uint8_t is_live_intact;
  uint8_t is_target_intact;
  lln_boot_action action;
} boot_row;

/* In order; the first row that matches decides. Gateways follow the same rows: protocol/vectors/boot-decisions.json. */
static const boot_row boot_table[] = {
    {LLN_LIVE_TRIAL,     ANY, YES, LLN_BOOT_REVERT   },
    {LLN_LIVE_TRIAL,     ANY, NO,  LLN_BOOT_ABANDON  },
    {LLN_LIVE_CONFIRMED, YES, ANY, LLN_BOOT_KEEP     },
    {LLN_LIVE_CONFIRMED, NO,  YES, LLN_BOOT_FALL_BACK},
    {LLN_LIVE_CONFIRMED, NO,  NO,  LLN_BOOT_NOTHING  },
    {LLN_LIVE_NONE,      ANY, ANY, LLN_BOOT_NOTHING  },
};

static bool matches(uint8_t wanted, bool fact) { return wanted == ANY || (wanted == YES) == fact; }

lln_boot_action lln_decide_boot(const lln_boot_facts *facts) {
  for (size_t i = 0; i < sizeof boot_table / sizeof *boot_table; i++) {
    const boot_row *row = &boot_table[i];
    if (row->live == facts->live && matches(row->is_live_intact, facts->is_live_intact) &&
        matches(row->is_target_intact, facts->is_target_intact)) {
      return row->action;
    }
  }
  return LLN_BOOT_NOTHING;
}

lln_machine lln_machine_new(void) {
  const lln_machine machine = {.live = LLN_NO_SLOT, .pending = LLN_NO_SLOT};
  return machine;
}

uint8_t lln_standby_slot(const lln_machine *machine) {
  return machine->live == LLN_NO_SLOT ? 0u : lln_other_slot(machine->live);
}

uint8_t lln_return_slot(const lln_machine *machine, const bool intact[LLN_SLOTS]) {
  if (machine->live == LLN_NO_SLOT) return LLN_NO_SLOT;
  const uint8_t other = lln_other_slot(machine->live);
  return machine->standing[other] == LLN_STANDING_CONFIRMED && intact[other] ? other : LLN_NO_SLOT;
}

lln_boot_facts lln_gather_boot_facts(const lln_machine *machine, const bool intact[LLN_SLOTS]) {
  lln_boot_facts facts = {.live = LLN_LIVE_NONE};
  if (machine->live == LLN_NO_SLOT) return facts;
  facts.live = machine->is_trial ? LLN_LIVE_TRIAL : LLN_LIVE_CONFIRMED;
  facts.is_live_intact = intact[machine->live];
  facts.is_target_intact = lln_return_slot(machine, intact) != LLN_NO_SLOT;
  return facts;
}

static lln_machine leave_live(lln_machine machine, const bool intact[LLN_SLOTS], lln_standing standing) {
  const uint8_t target = lln_return_slot(&machine, intact);
  machine.standing[machine.live] = (uint8_t)standing;
  machine.live = target;
  machine.is_trial = false;
  machine.reverts++;
  return machine;
}

lln_machine lln_machine_revert(lln_machine machine, const bool intact[LLN_SLOTS]) {
  return leave_live(machine, intact, LLN_STANDING_REVERTED);
}

static lln_machine apply(lln_machine machine, const bool intact[LLN_SLOTS]) {
  const lln_boot_facts facts = lln_gather_boot_facts(&machine, intact);
  switch (lln_decide_boot(&facts)) {
    case LLN_BOOT_REVERT:
    case LLN_BOOT_ABANDON: return lln_machine_revert(machine, intact);
    case LLN_BOOT_FALL_BACK: return leave_live(machine, intact, LLN_STANDING_NONE);
    case LLN_BOOT_NOTHING:
      if (machine.live != LLN_NO_SLOT) machine.standing[machine.live] = LLN_STANDING_NONE;
      machine.live = LLN_NO_SLOT;
      return machine;
    default: return machine;
  }
}

static lln_machine promote(lln_machine machine, const bool intact[LLN_SLOTS]) {
  const uint8_t slot = machine.pending;
  if (slot == LLN_NO_SLOT) return machine;
  machine.pending = LLN_NO_SLOT;
  if (slot == machine.live || !intact[slot] || machine.standing[slot] == LLN_STANDING_REVERTED) return machine;
  machine.live = slot;
  machine.is_trial = !machine.is_permanent;
  if (machine.is_permanent) machine.standing[slot] = LLN_STANDING_CONFIRMED;
  return machine;
}

lln_machine lln_machine_boot(lln_machine machine, const bool intact[LLN_SLOTS]) {
  machine.boots++;
  return promote(apply(machine, intact), intact);
}

lln_machine lln_machine_confirm(lln_machine machine) {
  machine.standing[machine.live] = LLN_STANDING_CONFIRMED;
  machine.is_trial = false;
  machine.pending = LLN_NO_SLOT;
  return machine;
}

lln_machine lln_machine_set_pending(lln_machine machine, uint8_t slot, bool is_permanent) {
  machine.pending = slot;
  machine.is_permanent = is_permanent;
  return machine;
}

lln_machine lln_machine_forget(lln_machine machine, uint8_t slot) {
  machine.standing[slot] = LLN_STANDING_NONE;
  if (machine.pending == slot) machine.pending = LLN_NO_SLOT;
  return machine;
}

bool lln_machine_equals(const lln_machine *a, const lln_machine *b) {
  return a->live == b->live && a->is_trial == b->is_trial && a->pending == b->pending &&
         a->is_permanent == b->is_permanent && a->standing[0] == b->standing[0] && a->standing[1] == b->standing[1] &&
         a->reverts == b->reverts && a->boots == b->boots;
}
