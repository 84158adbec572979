import type { DeviceId } from '../base/ids.js';
import { thermalBandOf } from '../health/figures.js';
import type { BaselineDevice } from './baseline-file.js';
import type { Distribution } from './distribution.js';
import { compareRanks, fisherMore, holmAdjusted } from './rank-test.js';

export type ComparedMetric = 'latency' | 'latency with call and line' | 'energy' | 'errors';
/** `slight`: a difference that is no chance and yet within what is tolerated. */
export type ComparisonVerdict = 'worse' | 'better' | 'slight' | 'no significant difference' | 'too little to tell';

/** One figure of one device, then and now. */
export interface ComparisonRow {
  readonly deviceId: DeviceId;
  readonly metric: ComparedMetric;
  readonly unit: 'us' | 'mW' | 'of inferences';
  readonly before: number | null;
  readonly after: number | null;
  /** By what share of `before` it has grown, with its interval; null where that is no figure. */
  readonly change: { readonly ratio: number; readonly low: number; readonly high: number } | null;
  /** Of all rows together: corrected for their number. Null where there is too little to tell. */
  readonly p: number | null;
  readonly verdict: ComparisonVerdict;
}

export interface RunComparison {
  readonly rows: readonly ComparisonRow[];
  /** What makes the runs unlike beside time, in words. */
  readonly notes: readonly string[];
  readonly isRegression: boolean;
}

/** A single false alarm among all rows in so many cases. */
const significance = 0.05;

type Draft = Omit<ComparisonRow, 'verdict' | 'p'> & { readonly rawP: number | null };

/**
 * Compares two runs device by device. A regression is a figure that is worse, by no chance, and by more than `tolerance`
 * even at the near end of its interval.
 */
export function compareRuns(
  before: readonly BaselineDevice[],
  after: readonly BaselineDevice[],
  tolerance: number,
): RunComparison {
  const pairs = after.flatMap((now) => {
    const then = before.find(({ deviceId }) => deviceId === now.deviceId);
    return then === undefined ? [] : [{ then, now }];
  });
  const drafts = pairs.flatMap(({ then, now }) => draftsOf(then, now));
  const tested = drafts.flatMap(({ rawP }) => (rawP === null ? [] : [rawP]));
  const adjusted = holmAdjusted(tested);
  let used = 0;
  const rows = drafts.map(({ rawP, ...draft }): ComparisonRow => {
    const p = rawP === null ? null : (adjusted[used++] ?? 1);
    return { ...draft, p, verdict: verdictOf(draft, p, tolerance) };
  });
  const notes = [...pairs.flatMap(({ then, now }) => notesOf(then, now)), ...missingNotes(before, after)];
  return { rows, notes, isRegression: rows.some(({ verdict }) => verdict === 'worse') };
}

function draftsOf({ findings: then }: BaselineDevice, { deviceId, findings: now }: BaselineDevice): Draft[] {
  const rows: Draft[] = [
    draft(deviceId, 'latency', 'us', then.engineUs, now.engineUs),
    draft(deviceId, 'latency with call and line', 'us', then.wholeUs, now.wholeUs),
  ];
  // Figures of another source are another scale.
  if (then.energy.source === now.energy.source && now.energy.source !== null)
    rows.push(draft(deviceId, 'energy', 'mW', then.energy.energyMw, now.energy.energyMw));
  const [early, late] = [then, now].map(({ errors, engineUs }) => ({
    hits: errors,
    trials: errors + (engineUs?.count ?? 0),
  }));
  if (early === undefined || late === undefined) return rows;
  const share = ({ hits, trials }: typeof early) => (trials === 0 ? null : hits / trials);
  const row = { deviceId, metric: 'errors', unit: 'of inferences', before: share(early), after: share(late) } as const;
  return [...rows, { ...row, change: null, rawP: fisherMore(early, late) }];
}

function draft(
  deviceId: DeviceId,
  metric: ComparedMetric,
  unit: 'us' | 'mW',
  then: Distribution | null,
  now: Distribution | null,
): Draft {
  const medianOf = (found: Distribution | null) => found?.quantiles.find(({ q }) => q === 0.5)?.value ?? null;
  const row = { deviceId, metric, unit, before: medianOf(then), after: medianOf(now) };
  const found = then === null || now === null ? null : compareRanks(then.blocks, now.blocks);
  if (found === null || row.before === null || row.before === 0) return { ...row, change: null, rawP: null };
  const { before } = row;
  const change = { ratio: found.shift / before, low: found.low / before, high: found.high / before };
  return { ...row, change, rawP: found.p };
}

function verdictOf(
  { metric, change, before, after }: Omit<Draft, 'rawP'>,
  p: number | null,
  tolerance: number,
): ComparisonVerdict {
  if (p === null) return 'too little to tell';
  if (p >= significance) return 'no significant difference';
  if (metric === 'errors') return (after ?? 0) > (before ?? 0) ? 'worse' : 'no significant difference';
  if (change === null) return 'too little to tell';
  if (change.low > tolerance) return 'worse';
  return change.high < -tolerance ? 'better' : 'slight';
}

function notesOf(then: BaselineDevice, now: BaselineDevice): string[] {
  const name = ({ package: { name, version } }: BaselineDevice) => `${name}@${version}`;
  const notes: string[] = [];
  if (then.package.digest !== now.package.digest) notes.push(`${now.deviceId}: ${name(then)} then, ${name(now)} now`);
  const [early, late] = [then, now].map(({ conditions }) => thermalBandOf(conditions.temperatureC?.value ?? null));
  if (early !== late)
    notes.push(`${now.deviceId}: another thermal band, ${early ?? 'unknown'} then, ${late ?? 'unknown'} now`);
  if (then.findings.energy.source !== now.findings.energy.source)
    notes.push(
      `${now.deviceId}: energy by ${then.findings.energy.source ?? 'nothing'} then, by ${now.findings.energy.source ?? 'nothing'} now`,
    );
  return notes;
}

function missingNotes(before: readonly BaselineDevice[], after: readonly BaselineDevice[]): string[] {
  const known = (devices: readonly BaselineDevice[]) => new Set(devices.map(({ deviceId }) => deviceId));
  const [then, now] = [known(before), known(after)];
  return [
    ...[...now].filter((id) => !then.has(id)).map((id) => `${id}: not in the baseline`),
    ...[...then].filter((id) => !now.has(id)).map((id) => `${id}: in the baseline, not measured now`),
  ];
}
