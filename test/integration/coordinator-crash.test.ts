import { seededRandom } from '@liquid-lln/protocol';
import t, { type Test } from 'tap';
import { eventually } from '../support/eventually.js';
import { deployRequest } from '../support/operator-client.js';
import type { ScriptedDevice } from '../support/scripted-device.js';
import { startScriptedFleet } from '../support/scripted-fleet.js';
import { signedPackage } from '../support/signed-package.js';

/** No device may ever see two different instructions of one generation, or an older one after a newer one. */
function checkInstructions(t: Test, devices: readonly ScriptedDevice[]): void {
  for (const { taken, deviceId } of devices) {
    const generations = taken.map((instruction) => instruction.generation);
    t.same(
      generations,
      [...new Set(generations)].sort((a, b) => a - b),
      `${deviceId} took each generation once`,
    );
    t.ok(new Set(taken.map((instruction) => instruction.rolloutId)).size <= 1, `${deviceId} had one rollout`);
  }
}

t.test('B3: a coordinator killed again and again finishes the rollout that it promised', async (t) => {
  const fleet = await startScriptedFleet(t, 4);
  const { operator, devices } = fleet;
  const random = seededRandom(20_261_123);
  const digest = await operator.register(signedPackage());
  for (const device of devices) device.script = 'stay-on-trial';
  const { rollout } = await operator.request(deployRequest(digest, 'production', [25, 50, 100]));
  for (let round = 0; round < 4; round += 1) {
    const trying = await eventually('somebody tries it', () => {
      const found = devices.filter(({ reported }) => reported.running?.state === 'trial');
      return found.length > 0 && found;
    });
    const isBefore = random() < 0.5;
    if (isBefore) await fleet.coordinator.kill();
    // Reports made while the coordinator is away arrive when the devices are back.
    const confirmed = Promise.all(trying.map((device) => device.confirm()));
    await new Promise((resolve) => setTimeout(resolve, random() * 60));
    if (!isBefore) await fleet.coordinator.kill();
    await fleet.restart();
    await confirmed;
    await eventually('all devices are back', () => devices.every((device) => device.isConnected));
    if (devices.every(({ reported }) => reported.running?.digest === digest && reported.running.state === 'confirmed'))
      break;
  }
  const done = await eventually('the rollout succeeds', async () => {
    const now = await operator.rollout(rollout.rolloutId).catch(() => null);
    return now?.status === 'succeeded' && now;
  });
  t.ok(
    done.members.every((member) => member.progress === 'confirmed'),
    'nobody is stranded',
  );
  checkInstructions(t, devices);
});

t.test('B3: what was acknowledged is there after kill -9', async (t) => {
  const fleet = await startScriptedFleet(t, 2);
  const { operator } = fleet;
  const digest = await operator.register(signedPackage());
  const { rollout } = await operator.request(deployRequest(digest, 'production', [50]));
  await fleet.coordinator.kill();
  await fleet.restart();
  const after = await eventually('it answers', () => operator.rollout(rollout.rolloutId).catch(() => null));
  t.equal(after.rolloutId, rollout.rolloutId);
  t.equal((await operator.request({ kind: 'packages' })).packages[0]?.digest, digest);
  const { entries } = await operator.request({ kind: 'audit', limit: 100 });
  t.ok(entries.some((entry) => entry.action === 'deploy'));
});
