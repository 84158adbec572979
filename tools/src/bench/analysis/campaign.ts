import type { Figure } from '../bench.js';
import { quantileOf } from '../measure/statistics.js';
import type { Harm } from './scenario.js';
import { type RolloutCase, type SimulatedRollout, simulateRollout } from './simulate-rollout.js';

/** Rollouts of one kind. */
export interface Campaign {
  readonly name: string;
  readonly kind: RolloutCase;
  readonly results: readonly SimulatedRollout[];
}

export interface CampaignPlan {
  readonly name: string;
  readonly kind: RolloutCase;
  /** Rollouts of it that the bench runs. */
  readonly rollouts: number;
}

const fleets = [4, 40, 4_000] as const;
const harms: readonly { readonly name: string; readonly harm: Harm }[] = [
  { name: 'latency +10 %', harm: { metric: 'latency', size: 0.1 } },
  { name: 'latency +20 %', harm: { metric: 'latency', size: 0.2 } },
  { name: 'latency +50 %', harm: { metric: 'latency', size: 0.5 } },
  { name: 'energy +15 %', harm: { metric: 'energy', size: 0.15 } },
  { name: 'energy +25 %', harm: { metric: 'energy', size: 0.25 } },
  { name: 'errors 5 %', harm: { metric: 'error-rate', size: 0.05 } },
  { name: 'errors 10 %', harm: { metric: 'error-rate', size: 0.1 } },
];

/** 10,000 healthy rollouts in all; few of a large fleet, for each is a thousand of a small one. */
const healthyRollouts = { 4: 5_950, 40: 4_000, 4000: 50 } as const;
const harmfulRollouts = { 4: 500, 40: 200, 4000: 4 } as const;

export const campaignPlans: readonly CampaignPlan[] = fleets.flatMap((devices) => [
  { name: `healthy, ${devices}`, kind: { devices, harm: null }, rollouts: healthyRollouts[devices] },
  ...harms.map(({ name, harm }) => ({
    name: `${name}, ${devices}`,
    kind: { devices, harm },
    rollouts: harmfulRollouts[devices],
  })),
]);

/** Far apart, so that no two campaigns share a seed. */
const seedsApart = 10_000_000;

/** Runs as many rollouts of a campaign as are asked for; the same ones each time. */
export function runCampaign({ name, kind, rollouts }: CampaignPlan): Campaign {
  const place = campaignPlans.findIndex((plan) => plan.name === name);
  const results = Array.from({ length: rollouts }, (_, index) => simulateRollout(place * seedsApart + index, kind));
  return { name, kind, results };
}

/** What a campaign came to, a figure a line. */
export function figuresOf({ name, results }: Campaign): Figure[] {
  const figure = (metric: string, value: number, unit: string): Figure => ({ case: name, metric, value, unit });
  const failed = results.flatMap(({ failedMinutes }) => failedMinutes ?? []);
  const passed = results.flatMap(({ passedMinutes }) => passedMinutes ?? []);
  const share = (part: readonly number[]) => (100 * part.length) / results.length;
  const spread = (what: string, minutes: readonly number[]) =>
    minutes.length === 0 ? [] : [50, 90].map((q) => figure(`${what}-p${q}`, quantileOf(minutes, q / 100), 'min'));
  return [
    figure('rollouts', results.length, '1'),
    figure('failed', share(failed), '%'),
    figure('successful', share(passed), '%'),
    ...spread('failed-after', failed),
    ...spread('successful-after', passed),
  ];
}
