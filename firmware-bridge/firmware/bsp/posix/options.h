/* The command line of the posix board. */
#ifndef LLN_POSIX_OPTIONS_H
#define LLN_POSIX_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "flash_model.h"

/* Exit statuses beside 0. */
enum { LLN_EXIT_FAILED = 1, LLN_EXIT_USAGE = 2, LLN_EXIT_POWER_CUT = 75 };

typedef struct lln_posix_options {
  const char *flash;  /* file */
  const char *socket; /* path of a unix socket, or NULL */
  const char *pty;    /* path of a link to a pseudo terminal, or NULL */
  const char *kind;   /* what the board says it is */
  const lln_flash_layout *layout;
  uint64_t baud;        /* 0 for as fast as it goes */
  uint64_t time_scale;  /* the application's seconds in one */
  uint64_t watchdog_ms; /* 0 for what the application asks for */
  uint64_t cut_at;
  lln_cut_mode cut_mode;
  bool counts_operations;
} lln_posix_options;

/* The options of this process. */
extern lln_posix_options lln_posix;

/* Fills `lln_posix` in. Ends the process after --help, and with LLN_EXIT_USAGE if something is wrong. */
void lln_posix_parse(int count, char **arguments);

/* Says what is wrong, with the reason of `errno` if it is not 0, and ends the process. */
_Noreturn void lln_posix_fail(const char *what, const char *which);

#endif
