import {
  decideDeploy,
  decideRollbackToPrevious,
  desiredPackage,
  desireOf,
  findViolations,
  hasGivenUp,
} from '@liquid-lln/coordinator';
import { gatewayOf } from '@liquid-lln/protocol';
import t from 'tap';
import {
  advance,
  deployOf,
  fleetOf,
  generationOf,
  newOffer,
  newPackage,
  outcomeOf,
  runningNew,
  situationOf,
  someDevice,
  someFleet,
  someRollout,
  withReport,
} from '../../../support/coordinator/rollout-builders.js';

t.test('B8: a larger subset goes on with the same rollout, seed and devices', async (t) => {
  let fleet = someFleet(8);
  const started = advance(someRollout(fleet, [25]), fleet, 1).rollout;
  for (const member of started.members) fleet = withReport(fleet, member.deviceId, runningNew('confirmed', 1));
  const waiting = advance(started, fleet, 2).rollout;
  const grown = decideDeploy(deployOf([100]), newOffer, situationOf(fleet, 'production', [waiting]));
  t.equal(grown.rolloutId, waiting.rolloutId);
  t.equal(grown.seed, waiting.seed);
  t.same(grown.members.slice(0, 2), waiting.members);
  t.same(
    grown.waves.map((wave) => wave.devices),
    [2, 8],
  );
  t.same(advance(grown, fleet, 2).plan.steps, [{ kind: 'start-wave', waveIndex: 1 }]);
  const same = decideDeploy(deployOf([25]), newOffer, situationOf(fleet, 'production', [waiting]));
  t.equal(same, waiting, 'nothing more is asked for');
});

t.test('B37: a rollout as units takes gateways whole, and its instruction says so', async (t) => {
  const fleet = fleetOf(
    [1, 2, 3, 4].flatMap((number) => [
      someDevice(`gw-${number}`),
      someDevice(`gw-${number}.a`, { kind: 'stm32h743', admission: 10 + number }),
    ]),
  );
  const request = { ...deployOf([50, 100]), asUnit: true };
  const rollout = decideDeploy(request, newOffer, situationOf(fleet, 'production'));
  t.match(rollout.instruction, { kind: 'deploy', asUnit: true });
  t.same(
    rollout.waves.map((wave) => wave.devices),
    [4, 8],
  );
  const firstWave = rollout.members.filter((member) => member.waveIndex === 0).map((member) => member.deviceId);
  const gateways = new Set(firstWave.map((device) => gatewayOf(device)));
  t.equal(gateways.size, 2, 'two gateways with their boards');
  t.same(findViolations(rollout), []);
  const alone = decideDeploy(deployOf([50, 100]), newOffer, situationOf(fleet, 'production'));
  t.notOk('asUnit' in alone.instruction, 'off unless somebody asks for it');
});

t.test('another package waits until the running rollout is over', async (t) => {
  const fleet = someFleet(4);
  const running = someRollout(fleet);
  const other = { ...newPackage, digest: 'c'.repeat(64) as typeof newPackage.digest };
  const deploy = (target: string) =>
    decideDeploy(deployOf(null, target), { ...newOffer, reference: other }, situationOf(fleet, target, [running]));
  t.throws(() => deploy('production'), { code: 'ROLLOUT_CONFLICT' });
  t.throws(() => deploy('gw-1'), { code: 'ROLLOUT_CONFLICT' }, 'also for one device of it');
});

t.test('B5: a package that a device rolled back comes back only with an override', async (t) => {
  const fleet = fleetOf([someDevice('gw-1', { reported: { quarantined: [newPackage.digest] } })]);
  const situation = situationOf(fleet, 'production');
  t.throws(() => decideDeploy(deployOf(null), newOffer, situation), { code: 'PACKAGE_QUARANTINED' });
  const rollout = decideDeploy(deployOf(null, 'production', 'repaired'), newOffer, situation);
  t.match(rollout.instruction, { kind: 'deploy', override: 'repaired' });
});

t.test('B5: a device gives up what it reverted under this instruction, not what it reverted before', async (t) => {
  const desire = {
    generation: generationOf(5),
    rolloutId: null,
    instruction: {
      kind: 'deploy' as const,
      package: newPackage,
      policy: deployOf(null).policy,
      batchSize: 4,
      override: null,
    },
  };
  const device = (generation: number) =>
    someDevice('gw-1', { reported: { outcome: outcomeOf('reverted', generation) } });
  t.ok(hasGivenUp(device(5), desire));
  t.notOk(hasGivenUp(device(4), desire));
  t.notOk(hasGivenUp(device(5), { ...desire, instruction: { kind: 'none' } }));
  t.equal(desiredPackage(desire)?.digest, newPackage.digest);
  t.equal(desireOf(device(5), new Map()), null);
});

t.test('a rollback leaves the latest package, and spares the devices that never got it', async (t) => {
  const { digest, name, version } = newPackage;
  const other = { state: 'confirmed', package: { digest, name, version }, bytes: 1, failure: null };
  const blue = someDevice('gw-1').reported.slots.blue;
  const updated = someDevice('gw-1', { reported: { ...runningNew('confirmed', 1), slots: { blue, green: other } } });
  const fleet = fleetOf([updated, someDevice('gw-2')]);
  const rollouts = [{ ...someRollout(fleet), status: 'halted' as const }];
  const request = {
    kind: 'rollback' as const,
    target: { name: 'production', environment: null },
    to: { kind: 'previous' as const },
    reason: null,
  };
  const rollout = decideRollbackToPrevious(request, situationOf(fleet, 'production', rollouts));
  t.match(rollout.instruction, { kind: 'rollback', from: [digest] });
  t.throws(() => decideRollbackToPrevious(request, situationOf(fleetOf([someDevice('gw-2')]), 'production')), {
    code: 'NOTHING_TO_ROLL_BACK_TO',
  });
});

t.test('waves must ascend', async (t) => {
  const situation = situationOf(someFleet(4), 'production');
  t.throws(() => decideDeploy(deployOf([50, 25]), newOffer, situation), { code: 'USAGE' });
});
