import { logGamma } from '@liquid-lln/protocol';

/**
 * The value that Student's t passes with probability `tail`, for `degrees` of freedom (need not be whole).
 * Bisection on the exact tail, so it is right to nine digits also far out, where series are not.
 * @param tail above 0, at most 0.5
 */
export function studentQuantile(tail: number, degrees: number): number {
  if (!(tail > 0 && tail <= 0.5) || !(degrees > 0)) return Infinity;
  if (degrees > degreesNormal) return studentQuantile(tail, degreesNormal);
  let low = 0;
  let high = 1;
  while (studentTail(high, degrees) > tail) {
    low = high;
    high *= 2;
    if (high > farthest) return Infinity;
  }
  for (let step = 0; step < bisections; step += 1) {
    const middle = (low + high) / 2;
    if (studentTail(middle, degrees) > tail) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

const farthest = 1e9;
/** From here on it is the normal distribution to six digits. */
const degreesNormal = 1e6;
const bisections = 60;

/** P(T > t) for t >= 0: half the regularised incomplete beta function (DLMF 8.17, Abramowitz and Stegun 26.7.1). */
export function studentTail(t: number, degrees: number): number {
  return 0.5 * incompleteBeta(degrees / (degrees + t * t), degrees / 2, 0.5);
}

/** I_x(a, b), by its continued fraction (DLMF 8.17.22), on the side where that converges quickly. */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const logFront = logBeta(a, b);
  return (Math.exp(a * Math.log(x) + b * Math.log1p(-x) - logFront) / a) * betaFraction(x, a, b);
}

/** ln Gamma is only known from 1 on: Gamma(z) = Gamma(z + 1) / z. */
function logBeta(a: number, b: number): number {
  const logGammaOf = (z: number) => (z >= 1 ? logGamma(z) : logGamma(z + 1) - Math.log(z));
  return logGammaOf(a) + logGammaOf(b) - logGammaOf(a + b);
}

const termsMax = 1_000;
const tiny = 1e-300;

/** The method of Lentz: the fraction from its front, with terms of the next two places at a time. */
function betaFraction(x: number, a: number, b: number): number {
  const guard = (value: number) => (Math.abs(value) < tiny ? tiny : value);
  let c = 1;
  let d = 1 / guard(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m <= termsMax; m += 1) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    let change = 1;
    for (const term of [even, odd]) {
      d = 1 / guard(1 + term * d);
      c = guard(1 + term / c);
      change = c * d;
      fraction *= change;
    }
    if (Math.abs(change - 1) < 1e-14) break;
  }
  return fraction;
}
