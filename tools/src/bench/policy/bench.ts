import type { Bench, BenchOutcome, BenchRequest } from '../bench.js';
import { campaigns, figuresOf, runCampaign } from './campaign.js';
import { validationProfile } from './output-model.js';
import { faultKinds } from './scenario.js';
import { renderCampaigns } from './table.js';

const healthyTrials = 10_000;
/** Ten thousand over all kinds of faults. */
const faultyTrials = Math.ceil(10_000 / faultKinds.length);

/** The agent's policy over simulated trials: what it takes back for nothing, and what it misses. */
export const policyBench: Bench = {
  name: 'policy',
  summary: 'rollbacks for nothing and rollbacks missed over 20,000 simulated trials, and how long detection takes',
  cases: campaigns.map(({ name }) => name),
  run,
};

async function run({ cases, say }: BenchRequest): Promise<BenchOutcome> {
  const profile = validationProfile();
  const done = campaigns
    .filter(({ name }) => cases.length === 0 || cases.includes(name))
    .map(({ name, kind }) => {
      say(`... ${name}`);
      const campaign = runCampaign(name, kind === null ? healthyTrials : faultyTrials, profile);
      for (const { seed, end, detail } of campaign.wrong) say(`    seed ${seed}: ${end} ${detail}`);
      return campaign;
    });
  return { figures: done.flatMap(figuresOf), missing: [], text: renderCampaigns(done.map(figuresOf)) };
}
