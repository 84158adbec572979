/* All that the application knows while it runs. One of it exists on a board; tests make their own. */
#ifndef LLN_APP_APP_H
#define LLN_APP_APP_H

#include "frame.h"
#include "health.h"
#include "log.h"
#include "slot.h"
#include "store.h"
#include "upload.h"

/* Golden vectors that are being checked, over several requests. */
typedef struct lln_golden {
  uint8_t slot; /* LLN_NO_SLOT without one */
  uint32_t steps_done;
} lln_golden;

typedef struct lln_app {
  lln_store store;
  lln_slot slots[LLN_SLOTS];
  lln_upload upload;
  lln_golden golden;
  lln_health health;
  lln_log log;
  uint64_t trial_deadline_ms;
  bool wants_reset;
  lln_frame_decoder decoder;
  uint8_t answer[LLN_PACKET_BYTES_MAX];
  uint8_t lines[LLN_FRAME_BYTES_MAX];
} lln_app;

/* What a start does: reads the flash, decides what serves, makes that durable. */
void lln_app_start(lln_app *app);

/* Bytes from the line; answers what is complete in them. */
void lln_app_receive(lln_app *app, const uint8_t *bytes, size_t count);

/* What falls due with time. Resets the board if that was asked for, or if a trial is lost. */
void lln_app_tick(lln_app *app);

static inline uint64_t lln_ms_of(uint64_t us) { return us / 1000u; }

/* The live network's slot, or LLN_NO_SLOT. Its image is bootable. */
static inline uint8_t lln_app_live(const lln_app *app) { return app->store.machine.live; }

static inline bool lln_app_is_bootable(const lln_app *app, uint8_t slot) {
  return slot < LLN_SLOTS && app->slots[slot].state == LLN_SLOT_BOOTABLE;
}

#endif
