import type { RolloutStatus, RolloutSummary } from '@liquid-lln/protocol';
import t from 'tap';
import { eventually } from '../support/eventually.js';
import type { OperatorClient } from '../support/operator-client.js';
import { deployRequest } from '../support/operator-client.js';
import { startScriptedFleet } from '../support/scripted-fleet.js';
import { signedPackage } from '../support/signed-package.js';

function reaches(operator: OperatorClient, rollout: RolloutSummary, status: RolloutStatus): Promise<RolloutSummary> {
  return eventually(`the rollout is ${status}`, async () => {
    const now = await operator.rollout(rollout.rolloutId);
    return now.status === status && now;
  });
}

t.test('a package reaches an environment wave by wave', async (t) => {
  const { operator, devices } = await startScriptedFleet(t, 4);
  const digest = await operator.register(signedPackage());
  const { rollout } = await operator.request(deployRequest(digest, 'production'));
  t.same(
    rollout.waves.map((wave) => [wave.percent, wave.devices]),
    [
      [25, 1],
      [100, 4],
    ],
  );
  const done = await reaches(operator, rollout, 'succeeded');
  t.ok(done.members.every((member) => member.progress === 'confirmed'));
  t.ok(devices.every((device) => device.reported.running?.digest === digest));
  await eventually('the operator is told', () =>
    operator.progress.some((news) => news.kind === 'rollout' && news.rollout.status === 'succeeded'),
  );
  const { entries } = await operator.request({ kind: 'audit', limit: 1_000 });
  const actions = entries.map((entry) => entry.action);
  for (const action of ['package-registered', 'deploy', 'wave-started', 'wave-passed', 'rollout-succeeded'])
    t.ok(actions.includes(action), `the audit log has ${action}`);
});

t.test('B8: a subset waits when it is done, and a later deploy goes on with the same rollout', async (t) => {
  const { operator, devices } = await startScriptedFleet(t, 4);
  const digest = await operator.register(signedPackage());
  const first = (await operator.request(deployRequest(digest, 'production', [25]))).rollout;
  const waiting = await reaches(operator, first, 'waiting');
  t.equal(devices.filter((device) => device.reported.running?.digest === digest).length, 1);
  const second = (await operator.request(deployRequest(digest, 'production', [100]))).rollout;
  t.equal(second.rolloutId, first.rolloutId);
  const done = await reaches(operator, second, 'succeeded');
  t.equal(done.members[0]?.deviceId, waiting.members[0]?.deviceId, 'the device that had it keeps it');
  t.equal(done.members.length, 4);
  t.equal(devices.filter((device) => device.reported.running?.digest === digest).length, 4);
});

t.test('B13: a device that reverts halts the rollout, and the cohort goes back', async (t) => {
  const { operator, devices } = await startScriptedFleet(t, 4);
  const digest = await operator.register(signedPackage());
  for (const device of devices) device.script = 'stay-on-trial';
  const { rollout } = await operator.request(deployRequest(digest, 'production', [50, 100]));
  const trying = await eventually('two devices try it', () => {
    const found = devices.filter((device) => device.reported.running?.digest === digest);
    return found.length === 2 && found;
  });
  const [bad, good] = trying;
  await good?.confirm();
  const outcome = {
    generation: bad?.reported.generation ?? rollout.waves[0]?.generation ?? 0,
    digest,
    result: 'reverted',
    code: 'error-rate',
    detail: '',
    atMs: 1,
  };
  await bad?.report({ ...bad.reported, running: null, outcome: outcome as never });
  const halted = await reaches(operator, rollout, 'halted');
  t.match(halted.detail, /reverted: error-rate/);
  await eventually('the good device went back too', () => good?.reported.running?.digest !== digest);
  t.equal(halted.waves[1]?.generation, null, 'the second wave never began');
});

t.test('B5: a rollback that a device decided changes what is wanted of it', async (t) => {
  const { operator, devices } = await startScriptedFleet(t, 1);
  const [device] = devices;
  if (device === undefined) return;
  const digest = await operator.register(signedPackage());
  device.script = 'revert';
  const { rollout } = await operator.request(deployRequest(digest, device.deviceId));
  await reaches(operator, rollout, 'halted');
  const view = async () =>
    (await operator.request({ kind: 'devices', target: { name: device.deviceId, environment: null } })).devices[0];
  const after = await view();
  t.equal(after?.desired, null, 'the package is not wanted any more');
  t.ok((after?.desiredGeneration ?? 0) > (rollout.waves[0]?.generation ?? 0));

  const refused = await operator.ask(deployRequest(digest, device.deviceId));
  t.match(refused, { of: 'error', error: { code: 'PACKAGE_QUARANTINED' } });
  device.script = 'confirm';
  const again = (await operator.request(deployRequest(digest, device.deviceId, null, 'the sensor was repaired')))
    .rollout;
  await reaches(operator, again, 'succeeded');
  t.match(device.taken.at(-1)?.instruction, { kind: 'deploy', override: 'the sensor was repaired' });
  t.equal((await view())?.desired?.digest, digest);
});

t.test('a rollback to the previous package reaches everybody at once', async (t) => {
  const { operator, devices } = await startScriptedFleet(t, 3);
  const before = devices.map((device) => device.reported.running?.digest);
  const digest = await operator.register(signedPackage());
  await reaches(operator, (await operator.request(deployRequest(digest, 'production'))).rollout, 'succeeded');
  const target = { name: 'production', environment: null };
  const { rollout } = await operator.request({ kind: 'rollback', target, to: { kind: 'previous' }, reason: 'drill' });
  await reaches(operator, rollout, 'succeeded');
  t.same(
    devices.map((device) => device.reported.running?.digest),
    before,
  );
});

t.test('a rollback to a version deploys it at once; an unknown version is refused', async (t) => {
  const { operator, devices } = await startScriptedFleet(t, 2);
  const old = await operator.register(signedPackage({ version: '1.2.3', weight: 0.1 }));
  const target = { name: 'production', environment: null };
  const rollback = (version: string) =>
    operator.ask({
      kind: 'rollback',
      target,
      to: { kind: 'version', name: null, version: version as never },
      reason: null,
    });
  t.match(await rollback('9.9.9'), { of: 'error', error: { code: 'PACKAGE_UNKNOWN' } });
  const reply = await rollback('1.2.3');
  if (reply.of !== 'rollback') throw new Error(JSON.stringify(reply));
  await reaches(operator, reply.rollout, 'succeeded');
  t.ok(devices.every((device) => device.reported.running?.digest === old));
});

t.test('a second package waits its turn, and a stopped rollout does not move', async (t) => {
  const { operator, devices } = await startScriptedFleet(t, 4);
  for (const device of devices) device.script = 'stay-on-trial';
  const first = await operator.register(signedPackage({ version: '1.0.0' }));
  const second = await operator.register(signedPackage({ version: '2.0.0', weight: 0.2 }));
  const { rollout } = await operator.request(deployRequest(first, 'production'));
  t.match(await operator.ask(deployRequest(second, 'production')), {
    of: 'error',
    error: { code: 'ROLLOUT_CONFLICT' },
  });
  const stopped = await operator.request({ kind: 'stop', rolloutId: rollout.rolloutId, reason: 'wrong file' });
  t.match(stopped.rollout, { status: 'halted', detail: /wrong file/ });
  const told = await eventually('the device is told to hold', () =>
    devices.find((device) => device.taken.at(-1)?.instruction.kind === 'hold'),
  );
  await told.confirm();
  t.equal((await operator.rollout(rollout.rolloutId)).waves[1]?.generation, null);
  t.ok((await operator.ask(deployRequest(second, 'production'))).of === 'deploy');
});

t.test('a target that means nothing, or nobody, is refused', async (t) => {
  const { operator } = await startScriptedFleet(t, 1);
  const digest = await operator.register(signedPackage());
  t.match(await operator.ask(deployRequest(digest, 'nowhere')), { error: { code: 'TARGET_UNKNOWN' } });
  t.match(await operator.ask(deployRequest(digest, 'staging')), { error: { code: 'TARGET_EMPTY' } });
});
