import {
  advanceAnalysis,
  type Cell,
  comparedMax,
  type DeviceSeries,
  openAnalysis,
  type Panel,
  type WaveAnalysis,
} from '@liquid-lln/coordinator';
import { deviceIdSchema, parseWith, type Random, seededRandom, thermalBandOf } from '@liquid-lln/protocol';
import { normal, uniform } from '../policy/draws.js';
import { type DeviceTraits, drawTraits, drawWeather, type Harm, Wanderer, type Weather } from './scenario.js';

/** The slots that a coordinator keeps: an hour by the minute, five hours before it in slots of ten. */
const recentMinutes = 60;
const olderSlots = 30;
const olderMinutes = 10;
const pastMinutes = recentMinutes + olderSlots * olderMinutes;
/** Twice as long as an open verdict holds a wave by default. */
export const watchedMinutes = 30;
/** Canaries are through with their transfers at different times. */
const staggerMinutes = 3;
/** The effect of a bad package varies from device to device. */
const harmSpread = 0.15;

export interface RolloutCase {
  readonly devices: number;
  /** Null for a healthy package. */
  readonly harm: Harm | null;
}

export interface SimulatedRollout {
  /** Gives the same rollout again. */
  readonly seed: number;
  readonly analysis: WaveAnalysis;
  /** Minutes from the first canary's swap to the verdict; null if there was none. */
  readonly failedMinutes: number | null;
  readonly passedMinutes: number | null;
}

/** A first wave of a quarter of the devices, watched until its verdict, or as long as an open one holds it. */
export function simulateRollout(seed: number, { devices, harm }: RolloutCase): SimulatedRollout {
  const random = seededRandom(seed);
  const panel = drawPanel(random, devices, harm);
  let analysis = openAnalysis(0, 0);
  let passedMinutes: number | null = null;
  for (let minute = 1; minute <= watchedMinutes; minute += 1) {
    analysis = advanceAnalysis(analysis, upTo(panel, minute), 0);
    if (analysis.verdict === 'failed') return { seed, analysis, failedMinutes: minute, passedMinutes };
    // A healthy one is watched on: what would have passed must not be called a failure later either.
    if (analysis.verdict === 'successful') passedMinutes ??= minute;
  }
  return { seed, analysis, failedMinutes: null, passedMinutes };
}

function drawPanel(random: Random, devices: number, harm: Harm | null): Panel {
  const weather = drawWeather(random, -pastMinutes, pastMinutes + watchedMinutes);
  const quarter = Math.max(1, Math.floor(devices / 4));
  // Of large groups so many are compared, and only those need to be drawn.
  const canaries = Math.min(quarter, comparedMax);
  const drawn = Array.from({ length: canaries + Math.min(devices - quarter, comparedMax) }, (_, index) =>
    drawSeries(random, weather, index, index < canaries ? harm : null),
  );
  return {
    canaries: drawn.slice(0, canaries).map((series) => {
      const swapped = uniform(random, 0, staggerMinutes);
      // The first slot with the new package is washed in.
      return { ...series, present: series.present.filter(({ startMs }) => startMs > swapped * 60_000) };
    }),
    controls: drawn.slice(canaries),
  };
}

function drawSeries(random: Random, weather: Weather, index: number, harm: Harm | null): DeviceSeries {
  const traits = drawTraits(random);
  const wanderer = new Wanderer(random, traits);
  const effect = harm === null ? null : { ...harm, size: harm.size * (1 + harmSpread * normal(random)) };
  const past: Cell[] = [];
  const draw = (minute: number, minutes: number, withEffect: Harm | null) => {
    wanderer.pass(minutes);
    return drawCell(random, { traits, wanderer, weather, minute, minutes, harm: withEffect });
  };
  for (let slot = 0; slot < olderSlots; slot += 1)
    past.push(draw(-pastMinutes + slot * olderMinutes, olderMinutes, null));
  for (let minute = -recentMinutes; minute < 0; minute += 1) past.push(draw(minute, 1, null));
  const present = Array.from({ length: watchedMinutes }, (_, minute) => draw(minute, 1, effect));
  return { deviceId: parseWith(deviceIdSchema, `gw-${index}`, 'device id'), past, present };
}

interface Moment {
  readonly traits: DeviceTraits;
  readonly wanderer: Wanderer;
  readonly weather: Weather;
  readonly minute: number;
  readonly minutes: number;
  readonly harm: Harm | null;
}

function drawCell(random: Random, { traits, wanderer, weather, minute, minutes, harm }: Moment): Cell {
  const noise = () => (traits.noise * normal(random)) / Math.sqrt(minutes) + drawStall(random, minutes);
  const grown = (metric: Harm['metric']) => (harm?.metric === metric ? Math.log1p(Math.max(0, harm.size)) : 0);
  const temperatureC = traits.temperatureC + weather.ambientC(minute) + wanderer.temperatureC + 0.3 * normal(random);
  const latencyLog =
    6 +
    noise() +
    wanderer.latencyLog +
    weather.shockLog(minute) +
    traits.latencyPerDegree * (temperatureC - 50) +
    grown('latency');
  const tries = Math.max(0, Math.round(traits.requestsPerMinute * minutes * (1 + 0.2 * normal(random))));
  const own = harm?.metric === 'error-rate' ? Math.max(0, harm.size) : traits.errorShare * wanderer.errorFactor;
  return {
    startMs: minute * 60_000,
    seconds: minutes * 60,
    bandC: thermalBandOf(temperatureC),
    tries,
    errors: drawErrors(random, tries, Math.min(1, own + weather.shockErrors(minute))),
    latencyLog,
    energyLog: traits.hasMeter ? 7 + noise() + wanderer.energyLog + grown('energy') : null,
    temperatureC,
    memoryRatio: 0.4 + 0.02 * wanderer.energyLog,
  };
}

/** Something else keeps the machine busy in one minute of a hundred. */
function drawStall(random: Random, minutes: number): number {
  let sum = 0;
  for (let minute = 0; minute < minutes; minute += 1) if (random() < stall.share) sum += stall.logMax * random();
  return sum / minutes;
}

const stall = { share: 0.01, logMax: 0.7 };

/** Errors come in bursts: the share itself varies from minute to minute, as a gamma of shape four does. */
function drawErrors(random: Random, tries: number, share: number): number {
  let gamma = 0;
  for (let part = 0; part < burstShape; part += 1) gamma -= Math.log(1 - random());
  const mean = Math.min(tries, (tries * share * gamma) / burstShape);
  return Math.min(tries, drawCount(random, mean));
}

const burstShape = 4;
const smallMean = 30;

/** Poisson: exactly where it is small, by the normal distribution where it is not. */
function drawCount(random: Random, mean: number): number {
  if (mean > smallMean) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal(random)));
  let count = 0;
  for (let product = random(), limit = Math.exp(-mean); product > limit; product *= random()) count += 1;
  return count;
}

function upTo({ canaries, controls }: Panel, minute: number): Panel {
  const cut = (devices: readonly DeviceSeries[]) =>
    devices.map((device) => ({
      ...device,
      present: device.present.filter(({ startMs }) => startMs < minute * 60_000),
    }));
  return { canaries: cut(canaries), controls: cut(controls) };
}
