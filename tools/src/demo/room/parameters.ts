/**
 * A small office for two to three people: 20 m2, 3.5 m high, one window, about the size of the room that the
 * occupancy data set was recorded in. Sources, where a number is not simply the size of such a room:
 *
 * - [D6245] ASTM D6245: CO2 production of a sitting adult at office work (1.2 met), 0.0052 L/s.
 * - [ASHRAE] ASHRAE Handbook - Fundamentals, "Nonresidential cooling and heating load calculations": a person at
 *   moderately active office work gives off 75 W of sensible and 55 W of latent heat.
 * - [EN16798] EN 16798-1: infiltration of a closed office at night, and some 10 L/s of fresh air a person by day.
 * - [EN12464] EN 12464-1: 500 lx of artificial light on an office desk.
 * - [Magnus] Saturation vapour pressure after Sonntag (1990): 611.2 Pa * exp(17.62 T / (243.12 + T)).
 */
export const room = {
  floorM2: 20,
  volumeM3: 70,
  /** Air, furniture and the skin of the walls: what follows the air within an hour. Some 25 Wh/K a square metre. */
  heatCapacityJPerK: 1.8e6,
  /** Window, outer wall and the air that leaks in. */
  heatLossWPerK: 28,
  /** Air changes an hour with nobody there [EN16798], and what each person adds by window and ventilation. */
  airChangesPerHour: 0.25,
  airChangesPerHourAndPerson: 0.45,
  heaterWMax: 1_200,
  /** A proportional valve: full heat at one kelvin below the set point. */
  heaterWPerK: 1_200,
  setPointByDayC: 21.5,
  setPointByNightC: 19,
  lampsLx: 440, // [EN12464], as a sensor on the wall sees the desks' 500 lx
  lampsWPerM2: 8,
  /** Share of the sky's light that reaches the sensor. */
  daylightFactor: 0.012,
  solarWPerLxOfSky: 0.008,
} as const;

export const person = {
  co2LPerS: 0.0052, // [D6245]
  sensibleW: 75, // [ASHRAE]
  vapourKgPerS: 55 / 2.45e6, // [ASHRAE]; latent heat of vaporisation 2.45 MJ/kg
} as const;

/** A winter week in the temperate zone. */
export const outside = {
  co2Ppm: 420,
  meanC: 5,
  swingC: 3.5,
  /** kg of vapour in a kg of air: 80 % at 5 degC. */
  humidityRatio: 0.0043,
  sunriseHour: 7.8,
  sunsetHour: 17.8,
  skyLxMax: 16_000,
} as const;

export const air = { densityKgPerM3: 1.2, pressurePa: 101_325 } as const;

/** Standard deviation of each sensor's noise. */
export const sensorNoise = { temperatureC: 0.03, humidityPct: 0.15, lightShare: 0.01, co2Ppm: 4 } as const;
