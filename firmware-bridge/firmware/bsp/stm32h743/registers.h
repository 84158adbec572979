/*
 * The registers of the STM32H743 that the board uses. Numbers in parentheses are sections of the reference manual
 * RM0433 Rev 8; addresses of peripherals are from its 2.3.2, pins and limits from the data sheet DS12110.
 */
#ifndef LLN_STM32H743_REGISTERS_H
#define LLN_STM32H743_REGISTERS_H

#include "../cortex_m7/core.h"

/* Flash interface (4.9). Bank 2 has the same registers 0x100 higher. */
#define FLASH_BASE 0x52002000u
#define FLASH_ACR LLN_REGISTER(FLASH_BASE)
#define FLASH_KEYR(bank) LLN_REGISTER(FLASH_BASE + 0x100u * (bank) + 0x04u)
#define FLASH_CR(bank) LLN_REGISTER(FLASH_BASE + 0x100u * (bank) + 0x0Cu)
#define FLASH_SR(bank) LLN_REGISTER(FLASH_BASE + 0x100u * (bank) + 0x10u)
#define FLASH_CCR(bank) LLN_REGISTER(FLASH_BASE + 0x100u * (bank) + 0x14u)
#define FLASH_KEY_1 0x45670123u
#define FLASH_KEY_2 0xCDEF89ABu
#define FLASH_CR_LOCK (1u << 0)
#define FLASH_CR_PROGRAM (1u << 1)
#define FLASH_CR_ERASE_SECTOR (1u << 2)
#define FLASH_CR_64_BITS (3u << 4)
#define FLASH_CR_START (1u << 7)
#define FLASH_CR_SECTOR(sector) ((uint32_t)(sector) << 8)
#define FLASH_SR_BUSY (1u << 0)
#define FLASH_SR_BUFFER_NOT_EMPTY (1u << 1)
#define FLASH_SR_QUEUED (1u << 2)
/* WRPERR, PGSERR, STRBERR, INCERR, OPERR: what can go wrong with a program or an erase. */
#define FLASH_SR_WRITE_ERRORS (1u << 17 | 1u << 18 | 1u << 19 | 1u << 21 | 1u << 22)
#define FLASH_SR_ECC_CORRECTED (1u << 25)
#define FLASH_SR_ECC_DOUBLE (1u << 26)
/* The bits of FLASH_CCR: each flag's own. */
#define FLASH_CCR_ALL 0x0FEF0000u

/* Power control (6.8). */
#define PWR_CSR1 LLN_REGISTER(0x58024804u)
#define PWR_CR3 LLN_REGISTER(0x5802480Cu)
#define PWR_D3CR LLN_REGISTER(0x58024818u)
#define PWR_CSR1_VOLTAGE_READY (1u << 13)
#define PWR_CR3_LDO (1u << 1)
#define PWR_CR3_BYPASS (1u << 0)
#define PWR_D3CR_VOS_READY (1u << 13)
#define PWR_D3CR_VOS1 (3u << 14)

/* Reset and clock control (8.7). */
#define RCC_BASE 0x58024400u
#define RCC_CR LLN_REGISTER(RCC_BASE + 0x00u)
#define RCC_CFGR LLN_REGISTER(RCC_BASE + 0x10u)
#define RCC_D1CFGR LLN_REGISTER(RCC_BASE + 0x18u)
#define RCC_D2CFGR LLN_REGISTER(RCC_BASE + 0x1Cu)
#define RCC_D3CFGR LLN_REGISTER(RCC_BASE + 0x20u)
#define RCC_PLLCKSELR LLN_REGISTER(RCC_BASE + 0x28u)
#define RCC_PLLCFGR LLN_REGISTER(RCC_BASE + 0x2Cu)
#define RCC_PLL1DIVR LLN_REGISTER(RCC_BASE + 0x30u)
#define RCC_D2CCIP2R LLN_REGISTER(RCC_BASE + 0x54u)
#define RCC_D3CCIPR LLN_REGISTER(RCC_BASE + 0x58u)
#define RCC_RSR LLN_REGISTER(RCC_BASE + 0xD0u)
#define RCC_AHB4ENR LLN_REGISTER(RCC_BASE + 0xE0u)
#define RCC_APB1LENR LLN_REGISTER(RCC_BASE + 0xE8u)
#define RCC_CR_HSE_ON (1u << 16)
#define RCC_CR_HSE_READY (1u << 17)
#define RCC_CR_PLL1_ON (1u << 24)
#define RCC_CR_PLL1_READY (1u << 25)
#define RCC_CFGR_SWITCH_MASK 7u
#define RCC_CFGR_SWITCH_PLL1 3u
#define RCC_CFGR_SWITCHED_MASK (7u << 3)
#define RCC_CFGR_SWITCHED_PLL1 (3u << 3)
#define RCC_D1CFGR_HALF_AHB_HALF_APB3 (8u << 0 | 4u << 4)
#define RCC_D2CFGR_HALF_APB1_HALF_APB2 (4u << 4 | 4u << 8)
#define RCC_D3CFGR_HALF_APB4 (4u << 4)
#define RCC_PLLCKSELR_HSI 0u
#define RCC_PLLCKSELR_HSE 2u
#define RCC_PLLCKSELR_DIVM1(n) ((uint32_t)(n) << 4)
#define RCC_PLLCKSELR_UNUSED (32u << 12 | 32u << 20)
#define RCC_PLLCFGR_RANGE1(n) ((uint32_t)(n) << 2)
#define RCC_PLLCFGR_P1_ON (1u << 16)
#define RCC_PLL1DIVR_N(n) ((uint32_t)(n)-1u)
#define RCC_PLL1DIVR_P(n) (((uint32_t)(n)-1u) << 9)
#define RCC_D2CCIP2R_I2C123_HSI (2u << 12)
#define RCC_D3CCIPR_ADC_PERIPHERAL_CLOCK (2u << 16)
#define RCC_RSR_REMOVE (1u << 16)
#define RCC_RSR_BROWN_OUT (1u << 21)
#define RCC_RSR_PIN (1u << 22)
#define RCC_RSR_POWER (1u << 23)
#define RCC_RSR_SOFTWARE (1u << 24)
#define RCC_RSR_IWDG1 (1u << 26)
#define RCC_RSR_WWDG1 (1u << 28)
#define RCC_AHB4ENR_GPIOB (1u << 1)
#define RCC_AHB4ENR_GPIOD (1u << 3)
#define RCC_AHB4ENR_ADC3 (1u << 24)
#define RCC_APB1LENR_TIM5 (1u << 3)
#define RCC_APB1LENR_USART3 (1u << 18)
#define RCC_APB1LENR_I2C1 (1u << 21)

/* Pins (11.4). */
#define GPIO_PORT(letter) (0x58020000u + 0x400u * (uint32_t)((letter) - 'A'))
#define GPIO_MODER(port) LLN_REGISTER((port) + 0x00u)
#define GPIO_OTYPER(port) LLN_REGISTER((port) + 0x04u)
#define GPIO_OSPEEDR(port) LLN_REGISTER((port) + 0x08u)
#define GPIO_PUPDR(port) LLN_REGISTER((port) + 0x0Cu)
#define GPIO_AFRH(port) LLN_REGISTER((port) + 0x24u)

/* Timer 5: 32 bits (39.4). */
#define TIM5_BASE 0x40000C00u
#define TIM5_CR1 LLN_REGISTER(TIM5_BASE + 0x00u)
#define TIM5_DIER LLN_REGISTER(TIM5_BASE + 0x0Cu)
#define TIM5_SR LLN_REGISTER(TIM5_BASE + 0x10u)
#define TIM5_EGR LLN_REGISTER(TIM5_BASE + 0x14u)
#define TIM5_CNT LLN_REGISTER(TIM5_BASE + 0x24u)
#define TIM5_PSC LLN_REGISTER(TIM5_BASE + 0x28u)
#define TIM5_ARR LLN_REGISTER(TIM5_BASE + 0x2Cu)
#define TIM5_CCR1 LLN_REGISTER(TIM5_BASE + 0x34u)
#define TIM_CR1_ON (1u << 0)
#define TIM_COMPARE_1 (1u << 1)
#define TIM_EGR_UPDATE (1u << 0)

/* USART 3 (48.7). */
#define USART3_BASE 0x40004800u
#define USART3_CR1 LLN_REGISTER(USART3_BASE + 0x00u)
#define USART3_BRR LLN_REGISTER(USART3_BASE + 0x0Cu)
#define USART3_ISR LLN_REGISTER(USART3_BASE + 0x1Cu)
#define USART3_ICR LLN_REGISTER(USART3_BASE + 0x20u)
#define USART3_RDR LLN_REGISTER(USART3_BASE + 0x24u)
#define USART3_TDR LLN_REGISTER(USART3_BASE + 0x28u)
#define USART_CR1_ON (1u << 0)
#define USART_CR1_RECEIVE (1u << 2)
#define USART_CR1_TRANSMIT (1u << 3)
#define USART_CR1_RX_INTERRUPT (1u << 5)
#define USART_CR1_FIFO (1u << 29)
#define USART_ISR_OVERRUN (1u << 3)
#define USART_ISR_RX_NOT_EMPTY (1u << 5)
#define USART_ISR_SENT (1u << 6)
#define USART_ISR_TX_NOT_FULL (1u << 7)
/* Parity, framing, noise, overrun. */
#define USART_LINE_ERRORS 0xFu

/* Independent watchdog 1 (45.4). */
#define IWDG1_KR LLN_REGISTER(0x58004800u)
#define IWDG1_PR LLN_REGISTER(0x58004804u)
#define IWDG1_RLR LLN_REGISTER(0x58004808u)
#define IWDG1_SR LLN_REGISTER(0x5800480Cu)
#define IWDG_KEY_START 0xCCCCu
#define IWDG_KEY_UNLOCK 0x5555u
#define IWDG_KEY_FEED 0xAAAAu
#define IWDG_SR_UPDATING 7u
#define IWDG_RLR_MAX 0xFFFu

/* Analog to digital converter 3 (25.6). */
#define ADC3_BASE 0x58026000u
#define ADC3_ISR LLN_REGISTER(ADC3_BASE + 0x00u)
#define ADC3_CR LLN_REGISTER(ADC3_BASE + 0x08u)
#define ADC3_SMPR2 LLN_REGISTER(ADC3_BASE + 0x18u)
#define ADC3_PCSEL LLN_REGISTER(ADC3_BASE + 0x1Cu)
#define ADC3_SQR1 LLN_REGISTER(ADC3_BASE + 0x30u)
#define ADC3_DR LLN_REGISTER(ADC3_BASE + 0x40u)
#define ADC3_CCR LLN_REGISTER(ADC3_BASE + 0x308u)
#define ADC_ISR_READY (1u << 0)
#define ADC_ISR_CONVERTED (1u << 2)
#define ADC_CR_ON (1u << 0)
#define ADC_CR_START (1u << 2)
#define ADC_CR_BOOST (1u << 8)
#define ADC_CR_REGULATOR (1u << 28)
#define ADC_CR_CALIBRATE (1u << 31)
#define ADC_CCR_DIVIDE_BY_4 (2u << 18)
#define ADC_CCR_REFERENCE (1u << 22)
#define ADC_CCR_TEMPERATURE (1u << 23)
/* Internal channels of ADC 3 (25.4.11): sampled for 810.5 cycles, the longest there is. */
#define ADC_CHANNEL_TEMPERATURE 18u
#define ADC_CHANNEL_REFERENCE 19u
#define ADC_SMPR2_SLOWEST(channel) (7u << (3u * ((channel)-10u)))
#define ADC_SQR1_ONLY(channel) ((uint32_t)(channel) << 6)

/* I2C 1 (47.7). */
#define I2C1_BASE 0x40005400u
#define I2C1_CR1 LLN_REGISTER(I2C1_BASE + 0x00u)
#define I2C1_CR2 LLN_REGISTER(I2C1_BASE + 0x04u)
#define I2C1_TIMINGR LLN_REGISTER(I2C1_BASE + 0x10u)
#define I2C1_ISR LLN_REGISTER(I2C1_BASE + 0x18u)
#define I2C1_ICR LLN_REGISTER(I2C1_BASE + 0x1Cu)
#define I2C1_RXDR LLN_REGISTER(I2C1_BASE + 0x24u)
#define I2C1_TXDR LLN_REGISTER(I2C1_BASE + 0x28u)

/* Trace and the cycle counter (DDI 0403, C1.8); a lock that the Cortex-M7 adds keeps the latter shut (DDI 0489). */
#define DEBUG_DEMCR LLN_REGISTER(0xE000EDFCu)
#define DEBUG_DEMCR_TRACE (1u << 24)
#define DWT_CTRL LLN_REGISTER(0xE0001000u)
#define DWT_CYCCNT LLN_REGISTER(0xE0001004u)
#define DWT_LAR LLN_REGISTER(0xE0001FB0u)
#define DWT_LAR_KEY 0xC5ACCE55u
#define DWT_CTRL_CYCLES (1u << 0)

/* Caches (DDI 0403, B3.2 and B2.2.7). */
#define SCB_CCSIDR LLN_REGISTER(0xE000ED80u)
#define SCB_CSSELR LLN_REGISTER(0xE000ED84u)
#define CACHE_ICIALLU LLN_REGISTER(0xE000EF50u)
#define CACHE_DCIMVAC LLN_REGISTER(0xE000EF5Cu)
#define CACHE_DCISW LLN_REGISTER(0xE000EF60u)
#define SCB_CCR_DATA_CACHE (1u << 16)
#define SCB_CCR_INSTRUCTION_CACHE (1u << 17)

/* What the factory measured, at 3.3 V (DS12110, 3.26 and 6.3.23; ids: RM0433, 61.1). */
#define FACTORY_ID ((const volatile uint8_t *)0x1FF1E800u)
#define FACTORY_ID_BYTES 12u
#define FACTORY_TEMPERATURE_30 (*(const volatile uint16_t *)0x1FF1E820u)
#define FACTORY_TEMPERATURE_110 (*(const volatile uint16_t *)0x1FF1E840u)
#define FACTORY_REFERENCE (*(const volatile uint16_t *)0x1FF1E860u)

enum lln_stm32h743_interrupt { LLN_USART3_INTERRUPT = 39, LLN_TIM5_INTERRUPT = 50 };

#endif
