import type { DeviceView } from '@liquid-lln/protocol';
import t from 'tap';
import { eventually } from '../support/eventually.js';
import { deployRequest, type OperatorClient } from '../support/operator-client.js';
import type { ScriptedDevice } from '../support/scripted-device.js';
import { startScriptedFleet } from '../support/scripted-fleet.js';
import { signedPackage } from '../support/signed-package.js';

async function viewOf(operator: OperatorClient, { deviceId }: ScriptedDevice): Promise<DeviceView | undefined> {
  const { devices } = await operator.request({ kind: 'devices', target: { name: 'all', environment: null } });
  return devices.find((device) => device.deviceId === deviceId);
}

function kindsTaken(device: ScriptedDevice): string[] {
  return device.taken.map(({ instruction }) => instruction.kind);
}

t.test('B38: a package for another kernel is refused before any device is sent anything', async (t) => {
  const { operator, devices } = await startScriptedFleet(t, 2);
  const [first, second] = devices;
  if (first === undefined || second === undefined) throw new Error('there are two devices');
  await second.report({ kernelAbi: 2 });
  await eventually('the coordinator has heard it', async () => {
    return (await viewOf(operator, second))?.reported?.kernelAbi === 2;
  });
  const digest = await operator.register(signedPackage());
  t.match(await operator.ask(deployRequest(digest, 'production')), {
    of: 'error',
    error: { code: 'IMAGE_ABI_UNSUPPORTED', context: { devices: 'gw-2', needed: 1, available: '2' } },
  });
  t.match(await operator.ask(deployRequest(digest, 'gw-2')), { of: 'error', error: { message: /^1 of 1 devices/ } });
  t.same((await operator.request({ kind: 'rollouts', limit: 10 })).rollouts, [], 'there is no rollout');
  await operator.request(deployRequest(digest, 'gw-1'));
  await eventually('the device that can run it has it', () => first.reported.running?.digest === digest);
  t.same(kindsTaken(second), []);
});

t.test('B38: a device that joins and cannot run the package is passed over, and shown as such', async (t) => {
  const { operator, devices, join } = await startScriptedFleet(t, 2);
  const digest = await operator.register(signedPackage());
  const [slow] = devices;
  if (slow === undefined) throw new Error('there are devices');
  slow.script = 'stay-on-trial';
  const { rollout } = await operator.request(deployRequest(digest, 'production', [100]));
  await eventually('the wave is out', () => devices.every((device) => device.reported.running?.digest === digest));
  const unable = await join({ gatewayId: 'gw-3', kernelAbi: 2 });
  const able = await join({ gatewayId: 'gw-4' });
  await eventually('the one that can takes it', () => able.reported.running?.digest === digest);
  const view = await eventually('the other one is known', () => viewOf(operator, unable));
  t.match(view, { desired: null, faults: ['cannot run tiny@1.0.0: it needs kernel ABI 1, 2 here'] });
  await slow.confirm();
  const done = await eventually('the rollout ends', async () => {
    const now = await operator.rollout(rollout.rolloutId);
    return now.status === 'succeeded' && now;
  });
  t.same(done.members.map(({ deviceId }) => deviceId).sort(), ['gw-1', 'gw-2', 'gw-4']);
  t.notOk(kindsTaken(unable).includes('deploy'), 'it was never asked to');
  const { entries } = await operator.request({ kind: 'audit', limit: 100 });
  t.match(
    entries.filter(({ action }) => action === 'device-passed-over'),
    [{ subject: 'gw-3', actor: 'coordinator' }],
  );
});

t.test('B38: a device that came between two waves is passed over when the second one takes all', async (t) => {
  const { operator, devices, join } = await startScriptedFleet(t, 2);
  const digest = await operator.register(signedPackage());
  const { rollout } = await operator.request(deployRequest(digest, 'production', [50]));
  const isDone = async (status: string) => (await operator.rollout(rollout.rolloutId)).status === status;
  await eventually('the first wave has passed', () => isDone('waiting'));
  const unable = await join({ gatewayId: 'gw-3', kernelAbi: 2 });
  await eventually('it is known', () => viewOf(operator, unable));
  t.same((await viewOf(operator, unable))?.faults, [], 'the first wave is not for it anyway');
  await operator.request(deployRequest(digest, 'production', [100]));
  await eventually('the second wave has passed', () => isDone('succeeded'));
  t.ok(devices.slice(0, 2).every((device) => device.reported.running?.digest === digest));
  t.match((await viewOf(operator, unable))?.faults, [/^cannot run tiny@1\.0\.0/]);
  t.notOk(kindsTaken(unable).includes('deploy'), 'it was never asked to');
});
