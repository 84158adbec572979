/* What serves, and what comes next: pure decisions over what the flash remembers (docs/spec/board.md, 6). */
#ifndef LLN_APP_MACHINE_H
#define LLN_APP_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#define LLN_SLOTS 2u
#define LLN_NO_SLOT 0xFFu

typedef enum lln_standing {
  LLN_STANDING_NONE = 0,
  LLN_STANDING_CONFIRMED = 1, /* one can return to it */
  LLN_STANDING_REVERTED = 2   /* not bootable until it is replaced */
} lln_standing;

typedef struct lln_machine {
  uint8_t live; /* a slot, or LLN_NO_SLOT */
  bool is_trial;
  uint8_t pending;   /* becomes live at the next start */
  bool is_permanent; /* the pending one needs no trial */
  uint8_t standing[LLN_SLOTS];
  uint16_t reverts;
  uint32_t boots;
} lln_machine;

typedef enum lln_boot_live { LLN_LIVE_NONE, LLN_LIVE_TRIAL, LLN_LIVE_CONFIRMED } lln_boot_live;

typedef struct lln_boot_facts {
  lln_boot_live live;
  bool is_live_intact;
  bool is_target_intact; /* the other slot's image was confirmed, and is still whole */
} lln_boot_facts;

typedef enum lln_boot_action {
  LLN_BOOT_KEEP,
  LLN_BOOT_REVERT,
  LLN_BOOT_ABANDON,
  LLN_BOOT_FALL_BACK,
  LLN_BOOT_NOTHING
} lln_boot_action;

lln_machine lln_machine_new(void);

static inline uint8_t lln_other_slot(uint8_t slot) { return slot == 0 ? 1u : 0u; }

/* Where the next image goes: never the live slot. */
uint8_t lln_standby_slot(const lln_machine *machine);

/* The slot to which the live one can be left, or LLN_NO_SLOT. `intact`: which slots hold a whole image. */
uint8_t lln_return_slot(const lln_machine *machine, const bool intact[LLN_SLOTS]);

/* The first row of the boot table that matches. */
lln_boot_action lln_decide_boot(const lln_boot_facts *facts);
lln_boot_facts lln_gather_boot_facts(const lln_machine *machine, const bool intact[LLN_SLOTS]);

/* What a start makes of the machine: the action of the table, then a pending image becomes live. */
lln_machine lln_machine_boot(lln_machine machine, const bool intact[LLN_SLOTS]);

/* The live image's trial is lost. It is not bootable any more. */
lln_machine lln_machine_revert(lln_machine machine, const bool intact[LLN_SLOTS]);

/* The live image stays, and nothing is pending. */
lln_machine lln_machine_confirm(lln_machine machine);

lln_machine lln_machine_set_pending(lln_machine machine, uint8_t slot, bool is_permanent);

/* The slot's content is about to be destroyed. */
lln_machine lln_machine_forget(lln_machine machine, uint8_t slot);

bool lln_machine_equals(const lln_machine *a, const lln_machine *b);

#endif
