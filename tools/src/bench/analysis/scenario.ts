import type { AnalysedMetric, Random } from '@liquid-lln/protocol';
import { logUniform, normal, uniform } from '../policy/draws.js';

/** What the new package makes worse. */
export interface Harm {
  readonly metric: Extract<AnalysedMetric, 'latency' | 'energy' | 'error-rate'>;
  /** Of latency and energy: the share by which they grow. Of errors: the share that then fails. */
  readonly size: number;
}

/** What differs from device to device and does not change. */
export interface DeviceTraits {
  readonly requestsPerMinute: number;
  /** Noise of a minute's mean of log latencies, and of log power. */
  readonly noise: number;
  /** What wanders: its deviation, and how many minutes it takes to forget. */
  readonly wander: number;
  readonly wanderMinutes: number;
  readonly errorShare: number;
  readonly temperatureC: number;
  /** Growth of the log latency for each degree, and above the degrees at which the clock is lowered. */
  readonly latencyPerDegree: number;
  readonly hasMeter: boolean;
}

/** Devices differ by a factor of ten in their load and in how noisy they are. */
export function drawTraits(random: Random): DeviceTraits {
  return {
    requestsPerMinute: logUniform(random, 60, 1_200),
    noise: logUniform(random, 0.01, 0.1),
    wander: logUniform(random, 0.005, 0.04),
    wanderMinutes: logUniform(random, 3, 60),
    errorShare: logUniform(random, 0.0005, 0.009),
    temperatureC: uniform(random, 40, 65),
    latencyPerDegree: uniform(random, 0.001, 0.006),
    hasMeter: random() < 0.8,
  };
}

/** What everybody sees: the hour of the day, and shared trouble now and then. */
export interface Weather {
  readonly ambientC: (minute: number) => number;
  readonly shockLog: (minute: number) => number;
  readonly shockErrors: (minute: number) => number;
}

const dayMinutes = 24 * 60;
/** Trouble that everybody has, such as a slow service behind: how often, how long, how bad. */
const shock = { perMinute: 1 / 90, minutesMax: 10, logMax: 0.4, errorsMax: 0.06 };

export function drawWeather(random: Random, firstMinute: number, minutes: number): Weather {
  const phase = uniform(random, 0, dayMinutes);
  const swingC = uniform(random, 3, 12);
  const shocks = new Float64Array(minutes);
  for (let minute = 0; minute < minutes; minute += 1) {
    if (random() >= shock.perMinute) continue;
    const until = minute + uniform(random, 1, shock.minutesMax);
    const strength = random();
    for (let hit = minute; hit < Math.min(until, minutes); hit += 1) shocks[hit] = strength;
  }
  const strengthAt = (minute: number) => shocks[Math.floor(minute) - firstMinute] ?? 0;
  return {
    ambientC: (minute) => swingC * Math.sin((2 * Math.PI * (minute + phase)) / dayMinutes),
    shockLog: (minute) => shock.logMax * strengthAt(minute),
    shockErrors: (minute) => shock.errorsMax * strengthAt(minute),
  };
}

/** What wanders within a device: an autoregression that remembers for some minutes or for an hour. */
export class Wanderer {
  readonly #random: Random;
  readonly #traits: DeviceTraits;
  #latency: number;
  #energy: number;
  #errors: number;
  #temperature: number;

  constructor(random: Random, traits: DeviceTraits) {
    this.#random = random;
    this.#traits = traits;
    this.#latency = normal(random);
    this.#energy = normal(random);
    this.#errors = normal(random);
    this.#temperature = normal(random);
  }

  pass(minutes: number): void {
    const memory = Math.exp(-minutes / this.#traits.wanderMinutes);
    const fresh = Math.sqrt(1 - memory ** 2);
    this.#latency = memory * this.#latency + fresh * normal(this.#random);
    this.#energy = memory * this.#energy + fresh * normal(this.#random);
    this.#errors = memory * this.#errors + fresh * normal(this.#random);
    this.#temperature = memory * this.#temperature + fresh * normal(this.#random);
  }

  get latencyLog(): number {
    return this.#traits.wander * this.#latency;
  }

  get energyLog(): number {
    return this.#traits.wander * this.#energy;
  }

  /** A factor, 1 on average. */
  get errorFactor(): number {
    return Math.exp(errorWander * this.#errors - errorWander ** 2 / 2);
  }

  get temperatureC(): number {
    return 1.5 * this.#temperature;
  }
}

const errorWander = 0.5;
