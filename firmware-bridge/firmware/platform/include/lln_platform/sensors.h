/* Figures of the board itself. LLN_PLATFORM_ABSENT where there is no sensor: nothing is guessed. */
#ifndef LLN_PLATFORM_SENSORS_H
#define LLN_PLATFORM_SENSORS_H

#include <stdint.h>

#include "status.h"

/* Die temperature in hundredths of a degree Celsius. */
lln_platform_status lln_sensor_temperature(int32_t *centi_celsius);

/* Power of the board in milliwatts, from a meter (an INA226); its name goes to `source`. */
lln_platform_status lln_sensor_power(uint32_t *milliwatts, const char **source);

#endif
