/*
 * A power meter INA226 on I2C 1 (PB8 clock, PB9 data), where the board has one: built with LLN_INA226_ADDRESS, its
 * 7-bit address, and LLN_INA226_SHUNT_UOHM, its shunt in micro-ohms. Texas Instruments SBOS547A, 7.6, has the
 * registers.
 */
#include "board.h"
#include "lln_platform/sensors.h"
#include "registers.h"

#ifdef LLN_INA226_ADDRESS

#define LLN_REGISTER_SHUNT 1u
#define LLN_REGISTER_BUS 2u
#define I2C_CR1_ON (1u << 0)
#define I2C_CR2_READ (1u << 10)
#define I2C_CR2_START (1u << 13)
#define I2C_CR2_STOP_AT_END (1u << 25)
#define I2C_CR2_BYTES(n) ((uint32_t)(n) << 16)
#define I2C_ISR_TX_EMPTY (1u << 1)
#define I2C_ISR_RX_NOT_EMPTY (1u << 2)
#define I2C_ISR_STOPPED (1u << 5)
#define I2C_ISR_COMPLETE (1u << 6)
#define I2C_ICR_ALL 0x3F38u
/* 100 kHz from 64 MHz: 125 ns a step, data 625 ns after the clock and 1250 ns before it, 4 us high, 5 us low. */
#define LLN_I2C_TIMING (7u << 28 | 9u << 20 | 5u << 16 | 31u << 8 | 39u)
/* A transfer of three bytes takes 0.3 ms. */
#define LLN_LOOKS 1000000u

static bool lln_i2c_is_on;

static void lln_i2c_start(void) {
  const uint32_t port = GPIO_PORT('B');
  RCC_AHB4ENR |= RCC_AHB4ENR_GPIOB;
  RCC_APB1LENR |= RCC_APB1LENR_I2C1;
  RCC_D2CCIP2R = (RCC_D2CCIP2R & ~(3u << 12)) | RCC_D2CCIP2R_I2C123_HSI;
  (void)RCC_APB1LENR;
  GPIO_AFRH(port) = (GPIO_AFRH(port) & ~0xFFu) | 4u << 0 | 4u << 4;
  GPIO_OTYPER(port) |= 3u << 8;
  GPIO_PUPDR(port) = (GPIO_PUPDR(port) & ~(0xFu << 16)) | 1u << 16 | 1u << 18;
  GPIO_MODER(port) = (GPIO_MODER(port) & ~(0xFu << 16)) | 2u << 16 | 2u << 18;
  I2C1_TIMINGR = LLN_I2C_TIMING;
  I2C1_CR1 = I2C_CR1_ON;
  lln_i2c_is_on = true;
}

static bool lln_i2c_sees(uint32_t flag) { return lln_wait_for(&I2C1_ISR, flag, flag, LLN_LOOKS); }

static bool lln_i2c_transfer(uint32_t number, uint32_t *value) {
  const uint32_t address = (uint32_t)LLN_INA226_ADDRESS << 1;
  I2C1_CR2 = address | I2C_CR2_BYTES(1) | I2C_CR2_START;
  if (!lln_i2c_sees(I2C_ISR_TX_EMPTY)) return false;
  I2C1_TXDR = number;
  if (!lln_i2c_sees(I2C_ISR_COMPLETE)) return false;
  I2C1_CR2 = address | I2C_CR2_BYTES(2) | I2C_CR2_READ | I2C_CR2_START | I2C_CR2_STOP_AT_END;
  if (!lln_i2c_sees(I2C_ISR_RX_NOT_EMPTY)) return false;
  *value = (I2C1_RXDR & 0xFFu) << 8;
  if (!lln_i2c_sees(I2C_ISR_RX_NOT_EMPTY)) return false;
  *value |= I2C1_RXDR & 0xFFu;
  return lln_i2c_sees(I2C_ISR_STOPPED);
}

/* Switching it off and on is how the peripheral forgets a transfer that failed (RM0433, 47.4.6). */
static bool lln_ina226_read(uint32_t number, uint32_t *value) {
  if (!lln_i2c_is_on) lln_i2c_start();
  const bool done = lln_i2c_transfer(number, value);
  I2C1_ICR = I2C_ICR_ALL;
  if (!done) {
    I2C1_CR1 = 0;
    lln_i2c_is_on = false;
  }
  return done;
}

/* The bus in steps of 1.25 mV, the shunt in steps of 2.5 uV; a current into the supply counts as none. */
lln_platform_status lln_sensor_power(uint32_t *milliwatts, const char **source) {
  uint32_t shunt = 0;
  uint32_t bus = 0;
  *milliwatts = 0;
  *source = "ina226";
  if (!lln_ina226_read(LLN_REGISTER_SHUNT, &shunt)) return LLN_PLATFORM_FAILED;
  if (!lln_ina226_read(LLN_REGISTER_BUS, &bus)) return LLN_PLATFORM_FAILED;
  if ((shunt & 0x8000u) != 0) return LLN_PLATFORM_OK;
  *milliwatts = (uint32_t)((uint64_t)bus * shunt * 3125u / (1000u * (uint64_t)LLN_INA226_SHUNT_UOHM));
  return LLN_PLATFORM_OK;
}

#else

lln_platform_status lln_sensor_power(uint32_t *milliwatts, const char **source) {
  *milliwatts = 0;
  *source = "";
  return LLN_PLATFORM_ABSENT;
}

#endif
