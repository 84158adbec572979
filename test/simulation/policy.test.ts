import { campaigns, policyFiguresOf, runCampaign, simulateTrial, validationProfile } from '@liquid-lln/tools';
import t from 'tap';

// The whole of it is `npm run bench -- policy`; these are its first trials, by the same seeds.
const healthyTrials = 150;
const faultyTrials = 40;
const profile = validationProfile();

for (const { name, kind } of campaigns) {
  const promise = kind === null ? 'B18: no healthy package is rolled back' : `B22: no package with ${name} is kept`;
  t.test(`${promise}, over seeded trials in virtual time`, async (t) => {
    const campaign = runCampaign(name, kind === null ? healthyTrials : faultyTrials, profile);
    t.same(
      campaign.wrong.map(({ seed, end, detail }) => ({ seed, end, detail })),
      [],
    );
    const trials = policyFiguresOf(campaign).find(({ metric }) => metric === 'trials');
    t.equal(trials?.value, campaign.results.length);
  });
}

t.test('a seed gives the same trial again', async (t) => {
  t.same(simulateTrial(7, 'errors', profile), simulateTrial(7, 'errors', profile));
});
