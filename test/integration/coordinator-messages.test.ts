import { type DeviceEvent, encodeMessage, reportedStateSchema, topicsOf } from '@liquid-lln/protocol';
import t from 'tap';
import { eventually } from '../support/eventually.js';
import { deployRequest } from '../support/operator-client.js';
import { startScriptedFleet } from '../support/scripted-fleet.js';
import { signedPackage } from '../support/signed-package.js';

const topics = topicsOf('default');
const started: DeviceEvent['body'] = { kind: 'started', agentVersion: '1', recovered: '' };

t.test('B4: reports that come twice, late or out of order change nothing', async (t) => {
  const { operator, devices } = await startScriptedFleet(t, 1);
  const [device] = devices;
  if (device === undefined) return;
  const old = device.reported;
  const digest = await operator.register(signedPackage());
  const { rollout } = await operator.request(deployRequest(digest, 'production'));
  await eventually(
    'the rollout succeeds',
    async () => (await operator.rollout(rollout.rolloutId)).status === 'succeeded',
  );
  const resend = (report: typeof old) =>
    device.publish(topics.reported(device.deviceId), encodeMessage(reportedStateSchema, report, 'report'), true);
  await resend(old);
  await resend(device.reported);
  await resend(old);
  await device.report();
  const view = await eventually('the last report is there', async () => {
    const reply = await operator.request({ kind: 'devices', target: { name: 'gw-1', environment: null } });
    const [found] = reply.devices;
    return found?.reported?.sequence === device.reported.sequence && found;
  });
  t.equal(view.reported?.running?.digest, digest);
  t.equal((await operator.rollout(rollout.rolloutId)).status, 'succeeded');
});

t.test('B4: events are stored once and acknowledged without gaps, whatever their order', async (t) => {
  const { operator, devices } = await startScriptedFleet(t, 1);
  const [device] = devices;
  if (device === undefined) return;
  for (const sequence of [2, 1, 1, 3, 2]) await device.post(started, sequence);
  await eventually('all are acknowledged', () => device.acknowledged.length === 5);
  t.same(device.acknowledged, [0, 2, 2, 3, 3]);
  const { events } = await operator.request({
    kind: 'events',
    target: { name: 'gw-1', environment: null },
    limit: 100,
  });
  t.same(
    events.map((event) => event.sequence),
    [2, 1, 3],
  );
});

t.test('B4: a deploy that is sent twice makes one rollout', async (t) => {
  const { operator } = await startScriptedFleet(t, 2);
  const digest = await operator.register(signedPackage());
  const first = await operator.request(deployRequest(digest, 'production'), 'same');
  const second = await operator.request(deployRequest(digest, 'production'), 'same');
  t.equal(second.rollout.rolloutId, first.rollout.rolloutId);
  t.equal((await operator.request({ kind: 'rollouts', limit: 10 })).rollouts.length, 1);
});

t.test('a device that goes away is offline, and comes back', async (t) => {
  const { operator, devices, join } = await startScriptedFleet(t, 1);
  await join({ gatewayId: 'gw-2' });
  const isOnline = async () =>
    (await operator.request({ kind: 'devices', target: { name: 'gw-1', environment: null } })).devices[0];
  await eventually('it is there', async () => (await isOnline())?.online);
  await devices[0]?.vanish();
  const gone = await eventually('it is missed', async () => {
    const view = await isOnline();
    return view?.online === false && view;
  });
  t.same(gone.faults, ['offline']);
});
