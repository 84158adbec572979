/* What the files of the posix board share. */
#ifndef LLN_POSIX_BOARD_H
#define LLN_POSIX_BOARD_H

#include <stdint.h>

#define LLN_POSIX_ID_BYTES 12u

/* What a reset leaves alone: it is handed on when the process starts itself anew. -1 for a file that is not open. */
typedef struct lln_posix_kept {
  int cause;
  int listener;
  int peer; /* the socket's peer, or the pseudo terminal's own end */
  int terminal;
  uint64_t operations;
} lln_posix_kept;

extern lln_posix_kept lln_posix_kept_state;

/* Opens the flash's file, or makes it. */
void lln_posix_open_flash(void);
extern uint8_t lln_posix_id[LLN_POSIX_ID_BYTES];

/* Opens the line, unless it is open since before the reset. */
void lln_posix_open_line(void);
/* Removes what others find the line by. */
void lln_posix_remove_line(void);

/* Waits until there is something to read, or for so long. */
void lln_posix_wait_for_line(uint64_t wait_ns);

uint64_t lln_posix_now_ns(void);
void lln_posix_start_clock(void);

#endif
