import { describeOverdue, expireStaging, type FleetView, type Rollout } from '@liquid-lln/coordinator';
import t from 'tap';
import {
  deviceIdOf,
  fleetOf,
  generationOf,
  newPackage,
  runningNew,
  someDevice,
  someRollout,
} from '../../../support/coordinator/rollout-builders.js';
import { someReport, testMomentMs } from '../../../support/fleet-views.js';

const identity = { digest: newPackage.digest, name: newPackage.name, version: newPackage.version };
const held = { state: 'staged', package: identity, bytes: 1, failure: null };
const fleet: FleetView = fleetOf([
  someDevice('gw-1', { reported: { slots: { ...someReport().slots, green: held } } }),
  someDevice('gw-2'),
]);
const { policy, batchSize, override } = someRollout(fleet).instruction as Extract<
  Rollout['instruction'],
  { kind: 'deploy' }
>;
const terms = { package: newPackage, policy, batchSize, override };
const staging: Rollout = {
  ...someRollout(fleet, [100]),
  kind: 'stage',
  status: 'succeeded',
  instruction: { kind: 'stage', slot: 'green', ...terms },
  deadlineMs: testMomentMs + 1_000,
};

function expire(rollout: Rollout, others: readonly Rollout[] = [], seconds = 1) {
  const at = { generation: generationOf(9), nowMs: testMomentMs + seconds * 1_000 };
  return expireStaging(rollout, [rollout, ...others], fleet, at);
}

t.test('B20: what is staged and not switched to in time is dropped where it still lies', async (t) => {
  t.equal(expire(staging, [], 0), null, 'not before');
  const expiry = expire(staging);
  t.match(expiry?.documents, [
    {
      deviceId: 'gw-1',
      document: { generation: 9, instruction: { kind: 'free', slot: 'green', digest: newPackage.digest } },
    },
  ]);
  t.equal(expiry?.documents.length, 1);
  t.match(expiry?.rollout, { status: 'succeeded', deadlineMs: undefined });
  if (expiry !== null) t.equal(expire(expiry.rollout), null, 'once');
});

t.test('B20: a staging that is not done by its deadline ends, and is taken back from everybody', async (t) => {
  const expiry = expire({ ...staging, status: 'running' });
  t.match(expiry, { rollout: { status: 'halted', detail: /not switched to in time/ } });
  t.equal(expiry?.documents.length, 2);
});

t.test('B20: nothing is dropped under a switch that is under way, nor what was staged anew', async (t) => {
  const other = { ...staging, rolloutId: someRollout(fleet).rolloutId.replace('0', '9') as Rollout['rolloutId'] };
  t.equal(expire(staging, [{ ...other, kind: 'switch', status: 'running' }]), null);
  t.same(expire(staging, [{ ...other, createdMs: staging.createdMs + 1 }])?.documents, []);
});

t.test('B20: a slot that was to be decommissioned is called to mind, and nothing else happens', async (t) => {
  const done: Rollout = { ...staging, kind: 'switch', instruction: { kind: 'deploy', stagedIn: 'green', ...terms } };
  const device = someDevice('gw-1', { reported: runningNew('confirmed', 4) });
  const note = (rollout: Rollout, seconds = 1) => describeOverdue(device, [rollout], testMomentMs + seconds * 1_000);
  t.match(note(done), /blue still holds occupancy-cfc@1\.0\.0: decommission production-blue/);
  t.equal(note(done, 0), null, 'not before');
  t.equal(note({ ...done, status: 'running' }), null, 'the switch is still the news');
  t.equal(
    describeOverdue(someDevice('gw-1'), [done], testMomentMs + 1_000),
    null,
    'it does not run what was switched to',
  );
  t.equal(device.deviceId, deviceIdOf('gw-1'));
});
