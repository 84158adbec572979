import type { Random } from '@liquid-lln/protocol';

/** Evenly between two numbers. */
export function uniform(random: Random, min: number, max: number): number {
  return min + (max - min) * random();
}

/** Evenly between the logarithms of two numbers: as many of one to ten as of ten to a hundred. */
export function logUniform(random: Random, min: number, max: number): number {
  return min * (max / min) ** random();
}

/** @throws Error if there is nothing to pick from */
export function pick<T>(random: Random, from: readonly T[]): T {
  const picked = from[Math.floor(random() * from.length)];
  if (picked === undefined) throw new Error('there is nothing to pick from');
  return picked;
}

/** The standard normal distribution, by the method of Box and Muller. */
export function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** How many of what happens `rate` times on average happen, by Knuth's multiplication; for rates up to some hundreds. */
export function poisson(random: Random, rate: number): number {
  const limit = Math.exp(-rate);
  let count = 0;
  for (let product = random(); product > limit; product *= random()) count += 1;
  return count;
}
