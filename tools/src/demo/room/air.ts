import { air, outside, person, room } from './parameters.js';

/** What the air of the room holds. */
export interface Air {
  readonly temperatureC: number;
  readonly co2Ppm: number;
  /** kg of vapour in a kg of dry air. */
  readonly humidityRatio: number;
}

/** What acts on the air for one step. */
export interface Loads {
  readonly occupants: number;
  readonly areLampsOn: boolean;
  readonly skyLx: number;
  readonly outsideC: number;
  readonly setPointC: number;
}

/**
 * The air after `seconds`. Each balance is linear while its loads stay as they are,
 *
 *     dx/dt = rate * (end - x),
 *
 * so each step is its exact solution, which stays between where it was and where it is heading, however long the step:
 *
 * - CO2:     rate = n;                    end = outside + people * production / (n V)
 * - vapour:  rate = n;                    end = outside + people * production / (n V density)
 * - heat:    rate = (loss + heater) / C;  end = (loss * outside + gains + heater * set point) / (loss + heater)
 *
 * with n the air changes a second. The heater's valve is proportional below the set point, then full or shut.
 */
export function stepAir(before: Air, loads: Loads, seconds: number): Air {
  const changesPerS = (room.airChangesPerHour + room.airChangesPerHourAndPerson * loads.occupants) / 3600;
  const co2PerS = (loads.occupants * person.co2LPerS * 1e6) / (room.volumeM3 * 1000);
  const vapourPerS = (loads.occupants * person.vapourKgPerS) / (room.volumeM3 * air.densityKgPerM3);
  return {
    temperatureC: stepTemperature(before.temperatureC, loads, seconds),
    co2Ppm: approach(before.co2Ppm, outside.co2Ppm + co2PerS / changesPerS, changesPerS, seconds),
    humidityRatio: approach(
      before.humidityRatio,
      outside.humidityRatio + vapourPerS / changesPerS,
      changesPerS,
      seconds,
    ),
  };
}

function stepTemperature(beforeC: number, loads: Loads, seconds: number): number {
  const gainsW =
    loads.occupants * person.sensibleW +
    (loads.areLampsOn ? room.lampsWPerM2 * room.floorM2 : 0) +
    loads.skyLx * room.solarWPerLxOfSky;
  const wantedW = room.heaterWPerK * (loads.setPointC - beforeC);
  const isProportional = wantedW > 0 && wantedW < room.heaterWMax;
  const valveWPerK = isProportional ? room.heaterWPerK : 0;
  const constantW = gainsW + (wantedW >= room.heaterWMax ? room.heaterWMax : 0);
  const conductanceWPerK = room.heatLossWPerK + valveWPerK;
  const endC = (room.heatLossWPerK * loads.outsideC + constantW + valveWPerK * loads.setPointC) / conductanceWPerK;
  return approach(beforeC, endC, conductanceWPerK / room.heatCapacityJPerK, seconds);
}

function approach(from: number, end: number, ratePerS: number, seconds: number): number {
  return end + (from - end) * Math.exp(-ratePerS * seconds);
}

/** Relative humidity in percent, at most 100: what more there is condenses on the window. */
export function relativeHumidityPct({ temperatureC, humidityRatio }: Air): number {
  const saturationPa = 611.2 * Math.exp((17.62 * temperatureC) / (243.12 + temperatureC)); // [Magnus]
  const vapourPa = (air.pressurePa * humidityRatio) / (0.622 + humidityRatio);
  return Math.min(100, (100 * vapourPa) / saturationPa);
}
