#ifndef LLN_WIRE_CRC16_H
#define LLN_WIRE_CRC16_H

#include <stddef.h>
#include <stdint.h>

/* CRC-16/XMODEM over `count` bytes, continued from `crc` (0 in the beginning). */
uint16_t lln_crc16(uint16_t crc, const uint8_t *bytes, size_t count);

#endif
