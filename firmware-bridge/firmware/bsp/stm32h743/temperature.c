/* The die's temperature: ADC 3, its internal sensor and reference, and what the factory measured (RM0433, 25.4.33). */
#include "../cortex_m7/core.h"
#include "board.h"
#include "lln_platform/clock.h"
#include "lln_platform/sensors.h"
#include "registers.h"

#define LLN_COLD_CENTI_C 3000
#define LLN_HOT_CENTI_C 11000
/* The regulator takes 10 us, the sensor 25 us to start (DS12110, ADC and temperature sensor characteristics). */
#define LLN_START_US 40u
/* A conversion takes 0.1 ms, a calibration 2 ms: at 400 MHz a hundred times less than this. */
#define LLN_LOOKS 10000000u

static bool lln_adc_is_on;

static void lln_pause(uint32_t us) {
  const uint64_t start = lln_clock_us();
  while (lln_clock_us() - start < us) {
  }
}

/* 64 MHz of HSI by 4; revision V halves that once more. Calibrated before it is switched on. */
static bool lln_adc_start(void) {
  RCC_D3CCIPR = (RCC_D3CCIPR & ~(3u << 16)) | RCC_D3CCIPR_ADC_PERIPHERAL_CLOCK;
  RCC_AHB4ENR |= RCC_AHB4ENR_ADC3;
  (void)RCC_AHB4ENR;
  ADC3_CCR = ADC_CCR_DIVIDE_BY_4 | ADC_CCR_REFERENCE | ADC_CCR_TEMPERATURE;
  ADC3_CR = ADC_CR_REGULATOR | ADC_CR_BOOST;
  lln_pause(LLN_START_US);
  ADC3_CR |= ADC_CR_CALIBRATE;
  if (!lln_wait_for(&ADC3_CR, ADC_CR_CALIBRATE, 0, LLN_LOOKS)) return false;
  ADC3_SMPR2 = ADC_SMPR2_SLOWEST(ADC_CHANNEL_TEMPERATURE) | ADC_SMPR2_SLOWEST(ADC_CHANNEL_REFERENCE);
  ADC3_PCSEL = 1u << ADC_CHANNEL_TEMPERATURE | 1u << ADC_CHANNEL_REFERENCE;
  ADC3_ISR = ADC_ISR_READY;
  ADC3_CR |= ADC_CR_ON;
  return lln_wait_for(&ADC3_ISR, ADC_ISR_READY, ADC_ISR_READY, LLN_LOOKS);
}

static bool lln_adc_convert(uint32_t channel, uint32_t *value) {
  ADC3_SQR1 = ADC_SQR1_ONLY(channel);
  ADC3_CR |= ADC_CR_START;
  if (!lln_wait_for(&ADC3_ISR, ADC_ISR_CONVERTED, ADC_ISR_CONVERTED, LLN_LOOKS)) return false;
  *value = ADC3_DR;
  return *value != 0;
}

/* The supply is not the factory's 3.3 V: the reference's reading tells by how much. */
lln_platform_status lln_sensor_temperature(int32_t *centi_celsius) {
  const int32_t cold = FACTORY_TEMPERATURE_30;
  const int32_t hot = FACTORY_TEMPERATURE_110;
  uint32_t sensor = 0;
  uint32_t reference = 0;
  *centi_celsius = 0;
  if (hot <= cold) return LLN_PLATFORM_ABSENT;
  if (!lln_adc_is_on) lln_adc_is_on = lln_adc_start();
  if (!lln_adc_is_on) return LLN_PLATFORM_FAILED;
  if (!lln_adc_convert(ADC_CHANNEL_TEMPERATURE, &sensor)) return LLN_PLATFORM_FAILED;
  if (!lln_adc_convert(ADC_CHANNEL_REFERENCE, &reference)) return LLN_PLATFORM_FAILED;
  const int32_t scaled = (int32_t)((uint64_t)sensor * FACTORY_REFERENCE / reference);
  *centi_celsius = LLN_COLD_CENTI_C + (scaled - cold) * (LLN_HOT_CENTI_C - LLN_COLD_CENTI_C) / (hot - cold);
  return LLN_PLATFORM_OK;
}
