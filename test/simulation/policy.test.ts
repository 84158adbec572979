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

/**
 * Healthy packages that were once rolled back: samples of one stall, and readings of one burst, had been counted as so
 * many witnesses.
 */
const seedsOfFalseRollbacks = [
  272, 300, 314, 840, 935, 1022, 1111, 1365, 1468, 1742, 2343, 2584, 3192, 3889, 4604, 8181, 9614,
];

t.test('B18: stalls and bursts of a machine are no fault of its package', async (t) => {
  for (const seed of seedsOfFalseRollbacks) {
    const { end, detail } = simulateTrial(seed, null, profile);
    t.equal(end, 'confirmed', `seed ${seed} ${detail}`);
  }
});

t.test('a seed gives the same trial again', async (t) => {
  t.same(simulateTrial(7, 'errors', profile), simulateTrial(7, 'errors', profile));
});
