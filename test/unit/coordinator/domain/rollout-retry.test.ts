import {
  decideDeploy,
  desiredStateKey,
  desireOf,
  findViolations,
  haltRollout,
  retryDocuments,
  retryMembers,
} from '@liquid-lln/coordinator';
import t from 'tap';
import {
  advance,
  deployOf,
  deviceIdOf,
  generationOf,
  newOffer,
  newPackage,
  outcomeOf,
  quietTime,
  runningNew,
  situationOf,
  someFleet,
  withReport,
} from '../../../support/coordinator/rollout-builders.js';

const retry = { override: null, generation: generationOf(5), nowMs: quietTime.nowMs };

/** Ten devices of which four may fail, and two of them did: one for want of room, one by itself. */
function failing() {
  let fleet = someFleet(10);
  const request = { ...deployOf([100]), limits: { failureBudget: { devices: 4 } } };
  const begun = advance(decideDeploy(request, newOffer, situationOf(fleet, 'production')), fleet, 1).rollout;
  fleet = withReport(fleet, 'gw-1', { generation: generationOf(1), outcome: outcomeOf('refused', 1, 'STORAGE_FULL') });
  const quarantined = [newPackage.digest];
  fleet = withReport(fleet, 'gw-2', { outcome: outcomeOf('reverted', 1, 'latency'), quarantined });
  fleet = withReport(fleet, 'gw-3', { outcome: outcomeOf('refused', 1, 'IMAGE_ABI_UNSUPPORTED') });
  return { fleet, rollout: advance(begun, fleet, 2).rollout };
}

t.test('B14: devices that failed with what may be over get the package once more', async (t) => {
  const { fleet, rollout } = failing();
  const retried = retryMembers(rollout, fleet, retry);
  t.same(retried.deviceIds, ['gw-1'], 'not what it had rolled back itself, nor what never fits');
  t.same(findViolations(retried.rollout), []);
  const { report } = advance(retried.rollout, fleet, 6).plan;
  t.match(
    report.members.find(({ deviceId }) => deviceId === 'gw-1'),
    { progress: 'assigned', waitingFor: 'has not taken up generation 5' },
  );
  const [document] = retryDocuments(
    rollout,
    retried.deviceIds,
    null,
    { next: generationOf(5), parent: generationOf(4) },
    fleet,
  );
  const device = fleet.get(deviceIdOf('gw-1'));
  if (document === undefined || device === undefined) throw new Error('it is told nothing');
  t.match(desireOf(device, new Map([[desiredStateKey(document), document]])), {
    generation: 5,
    instruction: { kind: 'deploy' },
  });
  const done = withReport(fleet, 'gw-1', runningNew('confirmed', 5));
  t.equal(
    advance(retried.rollout, done, 6).plan.report.members.find(({ deviceId }) => deviceId === 'gw-1')?.progress,
    'confirmed',
  );
});

t.test('B29: what a device rolled back by itself takes an override with a reason', async (t) => {
  const { fleet, rollout } = failing();
  const all = retryMembers(rollout, fleet, { ...retry, override: 'the fan was replaced' });
  t.same(all.deviceIds, ['gw-1', 'gw-2']);
  const generations = { next: generationOf(5), parent: generationOf(4) };
  t.match(retryDocuments(rollout, all.deviceIds, 'the fan was replaced', generations, fleet), [
    { deviceId: 'gw-1', document: { instruction: { override: 'the fan was replaced' } } },
    { deviceId: 'gw-2' },
  ]);
  const again = retryMembers(rollout, fleet, retry).rollout;
  t.throws(() => retryMembers(again, fleet, retry), { code: 'PACKAGE_QUARANTINED' });
  t.throws(() => retryMembers(haltRollout(rollout, '', 1), fleet, retry), {
    code: 'ROLLOUT_STATE',
    message:
      /is halted: give gw-1, gw-2 the package once more .*`liquid-lln deploy --target gw-1 --package occupancy-cfc@2\.0\.0`/,
  });
  t.throws(() => retryMembers(all.rollout, fleet, retry), { code: 'ROLLOUT_STATE' }, 'twice is once');
});
