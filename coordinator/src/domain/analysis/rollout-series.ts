import {
  type DeviceId,
  type Digest,
  type FigureSpread,
  type SeriesCohort,
  type SeriesPoint,
  seriesPointsMax,
} from '@liquid-lln/protocol';
import { type Member, memberToldMs, packageOf, type Rollout } from '../rollout.js';
import { mergeRows, rowAt, type TelemetryFigures, type TelemetryFrame, type TelemetryRow } from './telemetry.js';

/** How much is shown of the time before a rollout and after it. */
const marginMs = 30 * 60_000;

/**
 * What a rollout's cohorts did, slot by slot, from half an hour before it to half an hour after it. A device counts by
 * what it runs in the slot, so that one that goes back to its package before goes back to the controls.
 * @param frames in the order of time
 */
export function seriesOfRollout(rollout: Rollout, frames: readonly TelemetryFrame[]): readonly SeriesPoint[] {
  const fromMs = rollout.createdMs - marginMs;
  const untilMs = (rollout.endedMs ?? Infinity) + marginMs;
  const cohortOf = cohorts(rollout);
  return frames
    .filter(({ startMs, seconds }) => startMs + seconds * 1_000 > fromMs && startMs < untilMs)
    .flatMap((frame) => pointsOf(frame, cohortOf))
    .slice(-seriesPointsMax);
}

type CohortOf = (row: TelemetryRow, startMs: number) => SeriesCohort | null;

function cohorts(rollout: Rollout): CohortOf {
  const digest = packageOf(rollout)?.digest ?? null;
  const members = new Map<DeviceId, Member>(rollout.members.map((member) => [member.deviceId, member]));
  const known = new Set([...members.keys(), ...rollout.candidates.map(({ deviceId }) => deviceId)]);
  return (row, startMs) => {
    const member = members.get(row.deviceId);
    // While no package serves there is nothing to compare; a device that had the package before is neither.
    if (!known.has(row.deviceId) || row.digest === null || member?.before?.digest === digest) return null;
    if (digest !== null) return cohortByPackage(row.digest, digest, member);
    const toldMs = member === undefined ? null : memberToldMs(rollout, member);
    return toldMs !== null && startMs >= toldMs && row.digest !== member?.before?.digest ? 'canary' : 'control';
  };
}

function cohortByPackage(runs: Digest, digest: Digest, member: Member | undefined): SeriesCohort | null {
  if (runs !== digest) return 'control';
  return member === undefined ? null : 'canary';
}

function pointsOf(frame: TelemetryFrame, cohortOf: CohortOf): SeriesPoint[] {
  const rows: Record<SeriesCohort, Map<DeviceId, TelemetryRow>> = { canary: new Map(), control: new Map() };
  for (let place = 0; place < frame.deviceIds.length; place += 1) {
    const row = rowAt(frame, place);
    const cohort = row === null ? null : cohortOf(row, frame.startMs);
    if (row === null || cohort === null) continue;
    const before = rows[cohort].get(row.deviceId);
    rows[cohort].set(row.deviceId, before === undefined ? row : mergeRows(before, row));
  }
  return (['canary', 'control'] as const).flatMap((cohort) => {
    const figures = [...rows[cohort].values()].map((row) => row.figures);
    return figures.length === 0 ? [] : [pointOf(frame, cohort, figures)];
  });
}

function pointOf(
  { startMs, seconds }: TelemetryFrame,
  cohort: SeriesCohort,
  figures: readonly TelemetryFigures[],
): SeriesPoint {
  return {
    startMs,
    seconds,
    cohort,
    devices: figures.length,
    tries: sum(figures.map(({ tries }) => tries)),
    errors: sum(figures.map(({ errors }) => errors)),
    latencyUs: geometric(spreadOf(figures.map(({ latencyLog, latencies }) => [latencyLog, latencies]))),
    energyMw: geometric(spreadOf(figures.map(({ energyLog, energies }) => [energyLog, energies]))),
    temperatureC: spreadOf(figures.map((each) => [each.temperatureC, each.seconds])),
  };
}

function sum(values: readonly number[]): number {
  return Math.round(values.reduce((total, value) => total + value, 0));
}

/** Of values with weights; null where nobody has one. */
function spreadOf(weighed: readonly (readonly [value: number | null, weight: number])[]): FigureSpread | null {
  let [weights, total, low, high] = [0, 0, Infinity, -Infinity];
  for (const [value, weight] of weighed) {
    if (value === null || weight <= 0) continue;
    weights += weight;
    total += value * weight;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return weights === 0 ? null : { mean: total / weights, low, high };
}

function geometric(logs: FigureSpread | null): FigureSpread | null {
  return logs === null ? null : { mean: Math.exp(logs.mean), low: Math.exp(logs.low), high: Math.exp(logs.high) };
}
