/* What the files of this board share. */
#ifndef LLN_MPS2_BOARD_H
#define LLN_MPS2_BOARD_H

#include <stdbool.h>

void lln_clock_start(void);
void lln_serial_start(void);
bool lln_serial_is_quiet(void);

#endif
