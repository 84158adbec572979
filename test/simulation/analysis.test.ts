import { analysisCampaigns, analysisFiguresOf, runAnalysisCampaign, simulateRollout } from '@liquid-lln/tools';
import t from 'tap';

// The whole of it is `npm run bench -- analysis`; these are its first rollouts, by the same seeds.

/** Rollouts of each kind here, and the share in percent that must be found out of bad ones in a fleet of so many. */
const expected = [
  { name: 'healthy, 4', rollouts: 200, failedMin: 0 },
  { name: 'healthy, 40', rollouts: 60, failedMin: 0 },
  { name: 'latency +50 %, 4', rollouts: 20, failedMin: 95 },
  { name: 'errors 10 %, 4', rollouts: 20, failedMin: 95 },
  { name: 'latency +10 %, 40', rollouts: 15, failedMin: 80 },
  { name: 'energy +25 %, 40', rollouts: 15, failedMin: 80 },
  { name: 'errors 5 %, 40', rollouts: 15, failedMin: 95 },
];

for (const { name, rollouts, failedMin } of expected) {
  t.test(`B17: ${name} devices, over seeded rollouts`, async (t) => {
    const plan = analysisCampaigns.find((campaign) => campaign.name === name);
    if (plan === undefined) throw new Error(`there is no campaign "${name}"`);
    const figures = analysisFiguresOf(runAnalysisCampaign({ ...plan, rollouts }));
    const failed = figures.find(({ metric }) => metric === 'failed')?.value ?? Number.NaN;
    if (plan.kind.harm === null) t.ok(failed <= 1, `${failed} % of healthy rollouts failed`);
    else t.ok(failed >= failedMin, `${failed} % of bad rollouts failed`);
  });
}

t.test('a seed gives the same rollout again', async (t) => {
  const kind = { devices: 4, harm: null };
  t.same(simulateRollout(7, kind), simulateRollout(7, kind));
});
