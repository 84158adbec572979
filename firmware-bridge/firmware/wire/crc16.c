#include "crc16.h"

/* The polynomial 0x1021, four bits at a time: 32 bytes of table instead of 512. */
static const uint16_t nibbles[16] = {0x0000, 0x1021, 0x2042, 0x3063, 0x4084, 0x50A5, 0x60C6, 0x70E7,
                                     0x8108, 0x9129, 0xA14A, 0xB16B, 0xC18C, 0xD1AD, 0xE1CE, 0xF1EF};

uint16_t lln_crc16(uint16_t crc, const uint8_t *bytes, size_t count) {
  for (size_t i = 0; i < count; i++) {
    crc = (uint16_t)((uint32_t)crc << 4 ^ nibbles[(crc >> 12 ^ bytes[i] >> 4) & 15]);
    crc = (uint16_t)((uint32_t)crc << 4 ^ nibbles[(crc >> 12 ^ bytes[i]) & 15]);
  }
  return crc;
}
