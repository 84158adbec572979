/*
 * The peripherals of the MPS2 board with the Cortex-M7 image AN500 that the board uses, as ARM's application note 500
 * and the Cortex-M System Design Kit (DDI 0479, chapter 4) describe them and QEMU's mps2-an500 has them.
 */
#ifndef LLN_MPS2_REGISTERS_H
#define LLN_MPS2_REGISTERS_H

#include "../cortex_m7/core.h"

/* All of them run from one clock. */
#define LLN_MPS2_HZ 25000000u

#define TIMER0_CTRL LLN_REGISTER(0x40000000u)
#define TIMER0_VALUE LLN_REGISTER(0x40000004u)
#define TIMER0_RELOAD LLN_REGISTER(0x40000008u)
#define TIMER0_CLEAR LLN_REGISTER(0x4000000Cu)
#define TIMER_CTRL_ON (1u << 0)
#define TIMER_CTRL_INTERRUPT (1u << 3)

#define DUAL1_VALUE LLN_REGISTER(0x40002004u)
#define DUAL1_CTRL LLN_REGISTER(0x40002008u)
#define DUAL_CTRL_32_BITS (1u << 1)
#define DUAL_CTRL_ON (1u << 7)

#define UART0_DATA LLN_REGISTER(0x40004000u)
#define UART0_STATE LLN_REGISTER(0x40004004u)
#define UART0_CTRL LLN_REGISTER(0x40004008u)
#define UART0_INTERRUPTS LLN_REGISTER(0x4000400Cu)
#define UART0_DIVIDER LLN_REGISTER(0x40004010u)
#define UART_STATE_TX_FULL (1u << 0)
#define UART_STATE_RX_FULL (1u << 1)
#define UART_STATE_RX_OVERRUN (1u << 3)
#define UART_CTRL_TX (1u << 0)
#define UART_CTRL_RX (1u << 1)
#define UART_CTRL_RX_INTERRUPT (1u << 3)
#define UART_INTERRUPT_RX (1u << 1)

#define WATCHDOG_LOAD LLN_REGISTER(0x40008000u)
#define WATCHDOG_CTRL LLN_REGISTER(0x40008008u)
#define WATCHDOG_CLEAR LLN_REGISTER(0x4000800Cu)
#define WATCHDOG_CTRL_INTERRUPT (1u << 0)
#define WATCHDOG_CTRL_RESET (1u << 1)

enum lln_mps2_interrupt { LLN_UART0_RX_INTERRUPT = 0, LLN_TIMER0_INTERRUPT = 8 };

#endif
