import type { OutputProfile } from '@liquid-lln/protocol';
import type { Figure } from '../bench.js';
import { quantileOf } from '../measure/statistics.js';
import { type FaultKind, faultKinds } from './scenario.js';
import { simulateTrial, type TrialResult } from './simulate-trial.js';

/** Trials of one kind, with those that went wrong. */
export interface Campaign {
  readonly name: string;
  readonly kind: FaultKind | null;
  readonly results: readonly TrialResult[];
  /** Of a healthy package: left, or not confirmed. Of a bad one: not left. */
  readonly wrong: readonly TrialResult[];
}

export const campaigns: readonly { readonly name: string; readonly kind: FaultKind | null }[] = [
  { name: 'healthy', kind: null },
  ...faultKinds.map((kind) => ({ name: kind, kind })),
];

/** Far apart, so that no two campaigns share a seed. */
const seedsApart = 100_000_000;

/** Runs as many trials of a kind as are asked for; the same ones each time. */
export function runCampaign(name: string, trials: number, profile: OutputProfile): Campaign {
  const place = campaigns.findIndex((campaign) => campaign.name === name);
  const kind = campaigns[place]?.kind;
  if (kind === undefined) throw new Error(`there is no campaign "${name}"`);
  const results = Array.from({ length: trials }, (_, trial) =>
    simulateTrial(place * seedsApart + trial, kind, profile),
  );
  const right = kind === null ? 'confirmed' : 'reverted';
  return { name, kind, results, wrong: results.filter(({ end }) => end !== right) };
}

/** What a campaign came to, a figure a line. */
export function figuresOf({ name, kind, results, wrong }: Campaign): Figure[] {
  const figure = (metric: string, value: number, unit: string): Figure => ({ case: name, metric, value, unit });
  const counts = [figure('trials', results.length, '1'), ...wrongFigures(kind, results, wrong, figure)];
  const seconds = results.map(({ revertedSeconds, confirmedSeconds }) => (kind ? revertedSeconds : confirmedSeconds));
  const known = seconds.filter((value) => value !== null);
  if (known.length === 0) return counts;
  const what = kind === null ? 'confirmed-after' : 'detected-after';
  const quantiles = [0.5, 0.9, 0.99, 1].map((q) => figure(`${what}-p${q * 100}`, quantileOf(known, q), 's'));
  return [...counts, ...quantiles];
}

function wrongFigures(
  kind: FaultKind | null,
  results: readonly TrialResult[],
  wrong: readonly TrialResult[],
  figure: (metric: string, value: number, unit: string) => Figure,
): Figure[] {
  const share = (count: number) => (100 * count) / results.length;
  if (kind === null) {
    return [figure('false-rollbacks', wrong.length, '1'), figure('false-rollback-rate', share(wrong.length), '%')];
  }
  const late = results.filter(({ end, confirmedSeconds }) => end === 'reverted' && confirmedSeconds !== null).length;
  return [figure('missed', wrong.length, '1'), figure('detected-after-confirmation', late, '1')];
}
