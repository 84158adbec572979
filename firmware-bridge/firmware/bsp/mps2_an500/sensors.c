/* QEMU has none. */
#include "lln_platform/sensors.h"

lln_platform_status lln_sensor_temperature(int32_t *centi_celsius) {
  *centi_celsius = 0;
  return LLN_PLATFORM_ABSENT;
}

lln_platform_status lln_sensor_power(uint32_t *milliwatts, const char **source) {
  *milliwatts = 0;
  *source = "";
  return LLN_PLATFORM_ABSENT;
}
