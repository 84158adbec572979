/* UART0: an interrupt moves what arrives into a ring. QEMU has no baud rate, and holds back what does not fit. */
#include "lln_platform/serial.h"

#include "../cortex_m7/ring.h"
#include "../cortex_m7/start.h"
#include "board.h"
#include "lln_platform/board.h"
#include "lln_platform/clock.h"
#include "registers.h"

#define LLN_GIVE_UP_US 1000000u
/* The smallest one that the UART accepts. */
#define LLN_DIVIDER 16u

static lln_ring lln_received;

static void lln_uart0_rx_handler(void) {
  UART0_INTERRUPTS = UART_INTERRUPT_RX;
  if ((UART0_STATE & UART_STATE_RX_OVERRUN) != 0) {
    UART0_STATE = UART_STATE_RX_OVERRUN;
    lln_received.lost = lln_received.lost + 1u;
  }
  while ((UART0_STATE & UART_STATE_RX_FULL) != 0) lln_ring_put(&lln_received, (uint8_t)UART0_DATA);
}

void lln_serial_start(void) {
  UART0_DIVIDER = LLN_DIVIDER;
  UART0_CTRL = UART_CTRL_TX | UART_CTRL_RX | UART_CTRL_RX_INTERRUPT;
  lln_on_interrupt(LLN_UART0_RX_INTERRUPT, lln_uart0_rx_handler);
}

bool lln_serial_is_quiet(void) { return lln_ring_is_empty(&lln_received); }

size_t lln_serial_read(uint8_t *to, size_t room) { return lln_ring_take(&lln_received, to, room); }

static bool lln_serial_is_ready(void) {
  const uint64_t start = lln_clock_us();
  while ((UART0_STATE & UART_STATE_TX_FULL) != 0) {
    if (lln_clock_us() - start > LLN_GIVE_UP_US) return false;
  }
  return true;
}

/* Returns when QEMU has the last byte: a reset takes away the one that waits in the register. */
void lln_serial_write(const uint8_t *bytes, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (!lln_serial_is_ready()) return;
    lln_watchdog_feed();
    UART0_DATA = bytes[i];
  }
  (void)lln_serial_is_ready();
}

uint32_t lln_serial_lost(void) { return lln_received.lost; }
