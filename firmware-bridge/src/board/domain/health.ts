import { count, finite, text } from '@liquid-lln/protocol';
import * as v from 'valibot';
import type { BoardHealth, BoardLogLine, BoardProfile, BoardResetCause } from './board-values.js';

const causes: readonly BoardResetCause[] = [
  'unknown',
  'power',
  'pin',
  'software',
  'watchdog',
  'fault',
  'flash-fault',
  'brown-out',
];
const levels: readonly BoardLogLine['level'][] = ['debug', 'info', 'warn', 'error'];

/** The answer to `health`. */
export const healthSchema = v.object({
  up: count,
  inf: count,
  err: count,
  cyMin: count,
  cyMax: count,
  cyMean: count,
  stack: count,
  stackOf: count,
  reset: count,
  boots: count,
  trips: count,
  era: v.array(count),
  rx: v.object({ bytes: count, bad: count, lost: count }),
  tC: v.optional(v.pipe(finite, v.integer())),
  mW: v.optional(count),
  mWs: v.optional(v.picklist(['ina226', 'model'])),
});

export const profileSchema = v.object({
  step: count,
  hz: count,
  tables: v.array(v.object({ k: count, in: count, out: count, heads: count, cy: count })),
});

export const logSchema = v.object({
  next: count,
  lost: count,
  lines: v.array(v.object({ q: count, ms: count, l: count, m: text(256) })),
});

export function toHealth(answer: v.InferOutput<typeof healthSchema>): BoardHealth {
  return {
    uptimeMs: answer.up,
    inferences: answer.inf,
    errors: answer.err,
    cycles: cyclesOf(answer),
    stackBytesUsed: answer.stack,
    stackBytes: answer.stackOf,
    resetCause: causes[answer.reset] ?? 'unknown',
    boots: answer.boots,
    reverts: answer.trips,
    erasures: answer.era,
    received: answer.rx,
    temperatureC: answer.tC === undefined ? null : answer.tC / 100,
    powerMw: answer.mW === undefined || answer.mWs === undefined ? null : { value: answer.mW, source: answer.mWs },
  };
}

function cyclesOf({ inf, cyMin, cyMean, cyMax }: v.InferOutput<typeof healthSchema>): BoardHealth['cycles'] {
  return inf === 0 || cyMax === 0 ? null : { min: cyMin, mean: cyMean, max: cyMax };
}

export function toProfile(answer: v.InferOutput<typeof profileSchema>): BoardProfile {
  return {
    stepCycles: answer.step,
    cyclesPerSecond: answer.hz === 0 ? null : answer.hz,
    tables: answer.tables.map((table) => ({
      kind: table.k,
      inputs: table.in,
      outputs: table.out,
      heads: table.heads,
      cycles: table.cy,
    })),
  };
}

export function toLogLines(answer: v.InferOutput<typeof logSchema>): BoardLogLine[] {
  return answer.lines.map(({ q, ms, l, m }) => ({
    sequence: q,
    uptimeMs: ms,
    level: levels[l] ?? 'info',
    message: m,
  }));
}
