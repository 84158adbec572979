#include "lln_platform/sensors.h"

/* A process has neither a die nor a meter of its own. */
lln_platform_status lln_sensor_temperature(int32_t *centi_celsius) {
  (void)centi_celsius;
  return LLN_PLATFORM_ABSENT;
}

lln_platform_status lln_sensor_power(uint32_t *milliwatts, const char **source) {
  (void)milliwatts;
  (void)source;
  return LLN_PLATFORM_ABSENT;
}
