import type { Random } from '@liquid-lln/protocol';
import { logUniform, normal, uniform } from './draws.js';

/** How long inferences take on one machine, noise included. */
export interface LatencyModel {
  readonly medianUs: number;
  /** Of the logarithm, in the body of the distribution. */
  readonly sigma: number;
  /** Share of inferences that take a multiple of the median, by a Pareto distribution. */
  readonly tailShare: number;
  /** By how much everything is slower while the machine stalls. */
  readonly stallFactor: number;
}

const tail = { shape: 1.5, times: 3, cap: 30 };
/** A second of stall comes about once a minute. */
const stallsPerSecond = 1 / 60;

export function drawLatencyModel(random: Random): LatencyModel {
  return {
    medianUs: logUniform(random, 20, 20_000),
    sigma: uniform(random, 0.05, 0.5),
    tailShare: random() < 0.5 ? 0 : uniform(random, 0, 0.02),
    stallFactor: uniform(random, 2, 6),
  };
}

/** Whether the machine stalls in a second. */
export function drawStall(random: Random, { stallFactor }: LatencyModel): number {
  return random() < stallsPerSecond ? stallFactor : 1;
}

export function drawLatencyUs(random: Random, { medianUs, sigma, tailShare }: LatencyModel): number {
  if (random() >= tailShare) return medianUs * Math.exp(sigma * normal(random));
  return medianUs * tail.times * Math.min(tail.cap, (1 - random()) ** (-1 / tail.shape));
}

/** The true mean, stalls included. */
export function meanLatencyUs({ medianUs, sigma, tailShare, stallFactor }: LatencyModel): number {
  const body = Math.exp(sigma ** 2 / 2);
  const { shape, times, cap } = tail;
  const long = times * (1 + (1 - cap ** (1 - shape)) / (shape - 1));
  return medianUs * (body * (1 - tailShare) + long * tailShare) * (1 + stallsPerSecond * (stallFactor - 1));
}
