import { chooseSeed, cohortSize, planCohorts } from '@liquid-lln/coordinator';
import { type CohortCandidate, gatewayOf, isInCohort, stratumOf } from '@liquid-lln/protocol';
import fc from 'fast-check';
import t from 'tap';
import { deviceIdOf } from '../../../support/coordinator/rollout-builders.js';

function candidatesOf(sites: readonly string[]): CohortCandidate[] {
  return sites.map((site, index) => ({
    deviceId: deviceIdOf(`gw-${index}`),
    kind: 'native',
    site,
    admission: index + 1,
  }));
}

const fleets = fc.array(fc.constantFrom('north', 'south', 'east'), { minLength: 1, maxLength: 50 }).map(candidatesOf);
const percentages = fc
  .uniqueArray(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 5 })
  .map((percents) => percents.sort((a, b) => a - b));
const seeds = fc.string({ minLength: 1, maxLength: 16 });

t.test('B8: a share of a small fleet is exact, never more than the share, never nobody', async (t) => {
  t.equal(cohortSize(25, 4), 1);
  t.equal(cohortSize(20, 5), 1);
  t.equal(cohortSize(1, 3), 1);
  t.equal(cohortSize(50, 3), 1);
  t.equal(cohortSize(99.9, 50), 49);
  t.equal(cohortSize(100, 50), 50);
  t.equal(cohortSize(25, 0), 0);
  const tooMany: string[] = [];
  for (let devices = 1; devices <= 50; devices += 1) {
    for (let percent = 1; percent <= 100; percent += 1) {
      const size = cohortSize(percent, devices);
      const isRight = size >= 1 && (size === 1 || size * 100 <= percent * devices);
      if (!isRight) tooMany.push(`${percent} % of ${devices} is ${size}`);
    }
  }
  t.same(tooMany, []);
});

t.test('B8: devices and coordinator agree on exactly the devices that were planned', async () => {
  fc.assert(
    fc.property(fleets, percentages, seeds, (candidates, percents, seed) => {
      const chosen = chooseSeed(seed, candidates);
      return planCohorts(chosen, candidates, percents).every(({ percent, cohort, deviceIds }) => {
        const admitted = candidates.filter((candidate) => isInCohort(cohort, candidate)).map((c) => c.deviceId);
        return (
          deviceIds.length === cohortSize(percent, candidates.length) &&
          [...admitted].sort().join() === [...deviceIds].sort().join()
        );
      });
    }),
  );
});

t.test('B8: a larger cohort contains the smaller ones', async () => {
  fc.assert(
    fc.property(fleets, percentages, seeds, (candidates, percents, seed) => {
      const cohorts = planCohorts(chooseSeed(seed, candidates), candidates, percents);
      return cohorts.every(({ deviceIds }, index) => {
        const earlier = cohorts[index - 1]?.deviceIds ?? [];
        return earlier.every((device) => deviceIds.includes(device));
      });
    }),
  );
});

t.test('B8: the same seed gives the same set, also when only the larger cohort is planned again', async () => {
  fc.assert(
    fc.property(fleets, percentages, seeds, (candidates, percents, seed) => {
      const first = planCohorts(seed, candidates, percents);
      const again = planCohorts(seed, [...candidates].reverse(), percents);
      return first.every(
        ({ cohort }, index) =>
          JSON.stringify(sorted(cohort.strata)) === JSON.stringify(sorted(again[index]?.cohort.strata ?? {})),
      );
    }),
  );
});

t.test('B8: every stratum has its share, to less than one device', async () => {
  fc.assert(
    fc.property(fleets, fc.integer({ min: 1, max: 100 }), seeds, (candidates, percent, seed) => {
      const [plan] = planCohorts(chooseSeed(seed, candidates), candidates, [percent]);
      const total = plan?.deviceIds.length ?? 0;
      return [...new Set(candidates.map((candidate) => stratumOf(candidate)))].every((stratum) => {
        const members = candidates.filter((candidate) => stratumOf(candidate) === stratum);
        const chosen = members.filter((member) => plan?.deviceIds.includes(member.deviceId)).length;
        return Math.abs(chosen - (total * members.length) / candidates.length) < 1 + 1e-6;
      });
    }),
  );
});

t.test('devices that come later wait for the wave that is open to all', async (t) => {
  const candidates = candidatesOf(['north', 'north', 'north', 'north']);
  const [quarter, all] = planCohorts('seed', candidates, [25, 100]);
  const newcomers = Array.from({ length: 50 }, (_, index) => ({
    deviceId: deviceIdOf(`late-${index}`),
    kind: 'native',
    site: 'north',
    admission: 5 + index,
  }));
  t.equal(newcomers.filter((device) => quarter !== undefined && isInCohort(quarter.cohort, device)).length, 0);
  t.equal(newcomers.filter((device) => all !== undefined && isInCohort(all.cohort, device)).length, 50);
});

t.test('B37: shares of gateways take each with all of its boards, and device and coordinator agree', async () => {
  const gateways = fc.array(fc.record({ site: fc.constantFrom('north', 'south'), boards: fc.nat(3) }), {
    minLength: 1,
    maxLength: 40,
  });
  fc.assert(
    fc.property(gateways, percentages, seeds, (fleet, percents, seed) => {
      const candidates = fleet.flatMap(({ site, boards }, index) =>
        ['', '.a', '.b', '.c'].slice(0, boards + 1).map((suffix) => ({
          deviceId: deviceIdOf(`gw-${index}${suffix}`),
          kind: suffix === '' ? 'native' : 'stm32h743',
          site,
          admission: 1 + index,
        })),
      );
      const cohorts = planCohorts(chooseSeed(seed, candidates, true), candidates, percents, true);
      return cohorts.every(({ percent, cohort, deviceIds }) => {
        const admitted = candidates.filter((candidate) => isInCohort(cohort, candidate)).map((c) => c.deviceId);
        const taken = new Set(deviceIds.map((device) => gatewayOf(device)));
        const whole = candidates.filter(({ deviceId }) => taken.has(gatewayOf(deviceId)));
        return (
          taken.size === cohortSize(percent, fleet.length) &&
          whole.length === deviceIds.length &&
          [...admitted].sort().join() === [...deviceIds].sort().join()
        );
      });
    }),
  );
});

function sorted(strata: Readonly<Record<string, number>>): [string, number][] {
  return Object.entries(strata).sort(([a], [b]) => (a < b ? -1 : 1));
}
