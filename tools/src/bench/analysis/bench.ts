import type { Bench, BenchOutcome, BenchRequest } from '../bench.js';
import { campaignPlans, figuresOf, runCampaign } from './campaign.js';
import { renderCampaigns } from './table.js';

/** The coordinator's analysis over simulated rollouts: what it fails for nothing, what it finds, and how soon. */
export const analysisBench: Bench = {
  name: 'analysis',
  summary: 'canaries against controls over 10,000 healthy rollouts and seven kinds of bad ones, some minutes',
  cases: campaignPlans.map(({ name }) => name),
  run,
};

async function run({ cases, say }: BenchRequest): Promise<BenchOutcome> {
  const done = campaignPlans
    .filter(({ name }) => cases.length === 0 || cases.includes(name))
    .map((plan) => {
      say(`... ${plan.name}: ${plan.rollouts} rollouts`);
      return figuresOf(runCampaign(plan));
    });
  return { figures: done.flat(), missing: [], text: renderCampaigns(done) };
}
