/* The line to the gateway. Interrupts (or the operating system) only move bytes; nothing here blocks for long. */
#ifndef LLN_PLATFORM_SERIAL_H
#define LLN_PLATFORM_SERIAL_H

#include <stddef.h>
#include <stdint.h>

/* Takes what has arrived, at most `room` bytes; returns how many. */
size_t lln_serial_read(uint8_t *to, size_t room);

/*
 * Sends all bytes, waiting while the line is busy; gives up, and drops the rest, when nobody takes a byte for a second.
 * Feeds the watchdog as needed. What was sent still leaves the board before lln_board_reset resets it.
 */
void lln_serial_write(const uint8_t *bytes, size_t count);

/* Bytes that arrived while there was no room, since the last reset. */
uint32_t lln_serial_lost(void);

#endif
