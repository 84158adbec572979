/* A slot of the flash: two words in front, then the network image (docs/spec/board.md, 7). */
#ifndef LLN_APP_SLOT_H
#define LLN_APP_SLOT_H

#include "lln/lln.h"
#include "lln_platform/flash.h"
#include "machine.h"
#include "sha256.h"

#define LLN_SLOT_HEADER_BYTES (2u * LLN_FLASH_WORD_BYTES)

typedef enum lln_slot_state {
  LLN_SLOT_EMPTY,   /* no header: nothing, or an upload that is not complete */
  LLN_SLOT_DAMAGED, /* the bytes are not those of the hash, or cannot be read */
  LLN_SLOT_REFUSED, /* the kernel does not open it */
  LLN_SLOT_TOO_BIG, /* a step needs more memory than there is, or longer messages */
  LLN_SLOT_BOOTABLE
} lln_slot_state;

typedef struct lln_slot {
  lln_slot_state state;
  uint32_t length;
  uint32_t crc; /* as the image's header has it */
  uint8_t hash[LLN_SHA256_BYTES];
  lln_network network; /* opened in place, if `state` is LLN_SLOT_BOOTABLE */
} lln_slot;

/* Where the slot begins. */
uint32_t lln_slot_offset(uint8_t slot);
/* Where its image begins. */
uint32_t lln_slot_image_offset(uint8_t slot);
/* The longest image that fits. */
uint32_t lln_slot_capacity(uint8_t slot);

/* Reads every byte of what the slot holds, and says what it is. */
void lln_slot_inspect(uint8_t slot, lln_slot *found);

/* The same for an image that has no header yet. */
void lln_slot_inspect_image(uint8_t slot, uint32_t length, lln_slot *found);

/* The two words in front of an image: the one that is programmed last first. */
void lln_slot_pack_header(const lln_slot *slot, uint8_t words[LLN_SLOT_HEADER_BYTES]);

#endif
