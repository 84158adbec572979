#ifndef LLN_TEST_M7_BOARD_H
#define LLN_TEST_M7_BOARD_H

#include <stddef.h>
#include <stdint.h>

/* Where the host puts a file of at most 16 MiB before the board starts. */
#define LLN_BOARD_DATA ((const unsigned char *)0x60000000u)
#define LLN_BOARD_DATA_BYTES (16u << 20)

/* The test. What it returns becomes QEMU's exit status. */
uint32_t lln_main(void);

void lln_print(const char *text);
/* The name, and the number in hexadecimal, on a line. */
void lln_print_number(const char *name, uint32_t value);
_Noreturn void lln_exit(uint32_t status);

void *memcpy(void *restrict to, const void *restrict from, size_t count);
void *memset(void *memory, int value, size_t count);

#endif
