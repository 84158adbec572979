import { formatTime } from '../units.js';

/** A range of values and round values in it. */
export interface Axis {
  readonly low: number;
  readonly high: number;
  readonly ticks: readonly number[];
}

const ticksWanted = 4;

/**
 * An axis of values that begins and ends at round ones.
 * @param fromZero for figures whose size matters, not only how they change
 */
export function valueAxis(values: readonly number[], fromZero: boolean): Axis {
  const lowest = Math.min(...values, ...(fromZero ? [0] : []));
  const highest = Math.max(...values);
  // Where all values are one there is still an axis to show it on.
  const span = highest > lowest ? highest - lowest : Math.abs(highest) * 0.1 || 1;
  const step = roundStep(span / ticksWanted);
  const first = Math.floor(lowest / step + 1e-9);
  const last = Math.max(first + 1, Math.ceil((lowest + span) / step - 1e-9));
  const ticks = Array.from({ length: last - first + 1 }, (_, place) => cleanNumber((first + place) * step));
  return { low: first * step, high: last * step, ticks };
}

/** The next 1, 2 or 5 times a power of ten. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  const factor = [1, 2, 5, 10].find((each) => each * power >= least * (1 - 1e-9)) ?? 10;
  return factor * power;
}

/** Without the digits that binary fractions leave. */
function cleanNumber(value: number): number {
  return Number(value.toPrecision(12));
}

const timeSteps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400];
const timeTicksMax = 6;

/** An axis of time (ms) whose ticks are round moments in UTC. */
export function timeAxis(fromMs: number, untilMs: number): Axis {
  const high = Math.max(untilMs, fromMs + 1_000);
  const seconds = (high - fromMs) / 1_000;
  const step = 1_000 * (timeSteps.find((each) => seconds / each <= timeTicksMax) ?? Math.ceil(seconds / timeTicksMax));
  const first = Math.ceil(fromMs / step) * step;
  const ticks = Array.from({ length: Math.max(0, Math.floor((high - first) / step) + 1) }, (_, n) => first + n * step);
  return { low: fromMs, high, ticks };
}

/** `08:15`, or `08:15:30` where ticks are closer than a minute. */
export function timeLabel({ ticks }: Axis, wallMs: number): string {
  const isFine = (ticks[1] ?? Infinity) - (ticks[0] ?? 0) < 60_000;
  return formatTime(wallMs).slice(11, isFine ? 19 : 16);
}

/** Where a value lies between two places. */
export function placeOn({ low, high }: Axis, value: number, from: number, to: number): number {
  return Math.round((from + ((value - low) / (high - low)) * (to - from)) * 10) / 10;
}
