/*
 * USART 3 on PD8 (out) and PD9 (in), 8N1. The interrupt empties the FIFO of 16 bytes into a ring, from ITCM into RAM,
 * so that it is served also while the flash is busy: no DMA, and no buffer whose cache lines would have to be looked
 * after. A byte takes 11 us at 921 600 baud, the interrupt a fraction of one.
 */
#include "lln_platform/serial.h"

#include "../cortex_m7/ring.h"
#include "../cortex_m7/start.h"
#include "board.h"
#include "lln_platform/board.h"
#include "lln_platform/clock.h"
#include "registers.h"

#ifndef LLN_BAUD
#define LLN_BAUD 921600u
#endif

#define LLN_GIVE_UP_US 1000000u
/* For each of the two pins: alternate function 7 (DS12110, table 12), and a pull-up, so that an open line is quiet. */
#define LLN_PIN_TX 8u
#define LLN_PIN_RX 9u
#define LLN_ALTERNATE 7u

static lln_ring lln_received;

static void lln_pins_start(void) {
  const uint32_t port = GPIO_PORT('D');
  const uint32_t both = 3u << (2u * LLN_PIN_TX) | 3u << (2u * LLN_PIN_RX);
  RCC_AHB4ENR |= RCC_AHB4ENR_GPIOD;
  (void)RCC_AHB4ENR;
  GPIO_AFRH(port) = (GPIO_AFRH(port) & ~0xFFu) | LLN_ALTERNATE << 0 | LLN_ALTERNATE << 4;
  GPIO_OSPEEDR(port) = (GPIO_OSPEEDR(port) & ~both) | 1u << (2u * LLN_PIN_TX);
  GPIO_PUPDR(port) = (GPIO_PUPDR(port) & ~both) | 1u << (2u * LLN_PIN_TX) | 1u << (2u * LLN_PIN_RX);
  GPIO_MODER(port) = (GPIO_MODER(port) & ~both) | 2u << (2u * LLN_PIN_TX) | 2u << (2u * LLN_PIN_RX);
}

static void lln_usart3_handler(void) {
  if ((USART3_ISR & USART_ISR_OVERRUN) != 0) lln_received.lost = lln_received.lost + 1u;
  USART3_ICR = USART_LINE_ERRORS;
  while ((USART3_ISR & USART_ISR_RX_NOT_EMPTY) != 0) lln_ring_put(&lln_received, (uint8_t)USART3_RDR);
}

void lln_serial_start(const lln_clocks *clocks) {
  lln_pins_start();
  RCC_APB1LENR |= RCC_APB1LENR_USART3;
  (void)RCC_APB1LENR;
  USART3_BRR = (clocks->apb1_hz + LLN_BAUD / 2u) / LLN_BAUD;
  USART3_CR1 = USART_CR1_FIFO | USART_CR1_RX_INTERRUPT | USART_CR1_TRANSMIT | USART_CR1_RECEIVE;
  USART3_CR1 |= USART_CR1_ON;
  lln_on_interrupt(LLN_USART3_INTERRUPT, lln_usart3_handler);
}

bool lln_serial_is_quiet(void) { return lln_ring_is_empty(&lln_received); }

size_t lln_serial_read(uint8_t *to, size_t room) { return lln_ring_take(&lln_received, to, room); }

static bool lln_serial_is(uint32_t flag) {
  const uint64_t start = lln_clock_us();
  while ((USART3_ISR & flag) == 0) {
    if (lln_clock_us() - start > LLN_GIVE_UP_US) return false;
  }
  return true;
}

/* Returns when the last bit is on the line: a reset that follows an answer must not cut it off. */
void lln_serial_write(const uint8_t *bytes, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (!lln_serial_is(USART_ISR_TX_NOT_FULL)) return;
    lln_watchdog_feed();
    USART3_TDR = bytes[i];
  }
  (void)lln_serial_is(USART_ISR_SENT);
}

uint32_t lln_serial_lost(void) { return lln_received.lost; }
