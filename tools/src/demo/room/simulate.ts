import { type Random, seededRandom } from '@liquid-lln/protocol';
import { type Air, relativeHumidityPct, stepAir } from './air.js';
import { gaussian } from './gaussian.js';
import { roomLx, skyLx } from './light.js';
import { minutesPerDay, occupantsAt, type Presence, planDay } from './occupancy.js';
import { outside, room, sensorNoise } from './parameters.js';

/** What the four sensors of the room say, in the order in which the packages take them. */
export interface SensorReading {
  readonly temperatureC: number;
  readonly humidityPct: number;
  readonly lightLx: number;
  readonly co2Ppm: number;
}

export interface RoomMinute {
  /** Since Monday, 00:00. */
  readonly minute: number;
  /** How many people are really there. */
  readonly occupants: number;
  readonly sensors: SensorReading;
}

/**
 * A room, minute by minute, without an end. Equal seeds give equal rooms.
 * @param startMinute since Monday, 00:00; the room begins empty, airy and cool.
 */
export function* simulateRoom(seed: number, startMinute = 0): Generator<RoomMinute, never> {
  const random = seededRandom(seed);
  let state: Air = { temperatureC: 20, co2Ppm: outside.co2Ppm + 30, humidityRatio: outside.humidityRatio };
  let plan: Presence[] = planDay(weekday(startMinute), random);
  let clouds = 0.5;
  for (let minute = startMinute; ; minute += 1) {
    const minuteOfDay = minute % minutesPerDay;
    if (minuteOfDay === 0) plan = planDay(weekday(minute), random);
    clouds = drift(clouds, random);
    const occupants = occupantsAt(plan, minuteOfDay);
    const sky = skyLx(minuteOfDay, clouds);
    const areLampsOn = occupants > 0;
    const setPointC = isWorkingTime(minute) ? room.setPointByDayC : room.setPointByNightC;
    const loads = { occupants, areLampsOn, skyLx: sky, outsideC: outsideC(minuteOfDay), setPointC };
    state = stepAir(state, loads, 60);
    yield { minute, occupants, sensors: read(state, roomLx(sky, areLampsOn), random) };
  }
}

function weekday(minute: number): number {
  return Math.floor(minute / minutesPerDay) % 7;
}

function isWorkingTime(minute: number): boolean {
  const hour = (minute % minutesPerDay) / 60;
  return weekday(minute) < 5 && hour >= 7 && hour < 18;
}

/** Warmest in the middle of the afternoon. */
function outsideC(minuteOfDay: number): number {
  return outside.meanC + outside.swingC * Math.cos((2 * Math.PI * (minuteOfDay - 15 * 60)) / minutesPerDay);
}

/** Clouds wander about one half and stay within 0.1 to 0.9. */
function drift(clouds: number, random: Random): number {
  return Math.min(0.9, Math.max(0.1, clouds + 0.02 * (0.5 - clouds) + 0.015 * gaussian(random)));
}

function read(state: Air, lightLx: number, random: Random): SensorReading {
  const noisy = (value: number, deviation: number, digits: number) =>
    Number(Math.max(0, value + deviation * gaussian(random)).toFixed(digits));
  return {
    temperatureC: noisy(state.temperatureC, sensorNoise.temperatureC, 2),
    humidityPct: noisy(relativeHumidityPct(state), sensorNoise.humidityPct, 2),
    lightLx: noisy(lightLx, sensorNoise.lightShare * lightLx, 0),
    co2Ppm: noisy(state.co2Ppm, sensorNoise.co2Ppm, 0),
  };
}
