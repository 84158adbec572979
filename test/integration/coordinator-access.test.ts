import { readFileSync } from 'node:fs';
import { connect as connectSocket } from 'node:net';
import {
  deviceStatusSchema,
  encodeMessage,
  generateSigningKeys,
  reportedStateSchema,
  topicRoot,
} from '@liquid-lln/protocol';
import { connectAsync } from 'mqtt';
import t from 'tap';
import { CoordinatorProcess } from '../support/coordinator-process.js';
import { eventually } from '../support/eventually.js';
import { someReport } from '../support/fleet-views.js';
import { startScriptedFleet } from '../support/scripted-fleet.js';
import { signedPackage } from '../support/signed-package.js';

const root = topicRoot('default');

t.test('wrong credentials are refused', async (t) => {
  const { coordinator } = await startScriptedFleet(t, 1);
  for (const login of [
    { username: 'operator', password: 'guess' },
    { username: 'gw-1', password: 'guess' },
    { username: 'nobody', password: 'guess' },
    {},
  ]) {
    const attempt = connectAsync(coordinator.url, { ...login, clientId: 'stranger', reconnectPeriod: 0 }, false);
    await t.rejects(attempt, /Not authorized|Bad username|refused/i);
  }
});

t.test('a device that publishes as another one is disconnected, and changes nothing', async (t) => {
  const { coordinator, operator, join } = await startScriptedFleet(t, 1);
  const enrolled = await operator.request({ kind: 'enrol', gatewayId: 'gw-9' as never });
  const intruder = await connectAsync(coordinator.url, {
    clientId: 'gw-9',
    username: enrolled.username,
    password: enrolled.password,
    reconnectPeriod: 0,
  });
  const closed = new Promise<void>((resolve) => intruder.once('close', () => resolve()));
  const forged = encodeMessage(reportedStateSchema, someReport('gw-1', { epoch: 'forged', sequence: 999 }), 'report');
  intruder.publish(`${root}/device/gw-1/reported`, Buffer.from(forged), { qos: 1, retain: true });
  await closed;
  const target = { name: 'gw-1', environment: null };
  const { devices } = await operator.request({ kind: 'devices', target });
  t.not(devices[0]?.reported?.epoch, 'forged');
  await join({ gatewayId: 'gw-9' });
});

t.test('a device reads its own documents only', async (t) => {
  const { coordinator, operator } = await startScriptedFleet(t, 1);
  const { username, password } = await operator.request({ kind: 'enrol', gatewayId: 'gw-9' as never });
  const device = await connectAsync(coordinator.url, { clientId: 'gw-9', username, password, reconnectPeriod: 0 });
  t.teardown(() => device.endAsync(true));
  for (const filter of [`${root}/#`, `${root}/device/gw-1/desired`, `${root}/operator/tester/reply/+`, '#', '$SYS/#']) {
    await t.rejects(device.subscribeAsync(filter), filter);
  }
  await t.resolves(device.subscribeAsync(`${root}/env/production/wave`));
});

t.test('new credentials end the old ones, and undo what their holder has spoiled', async (t) => {
  const { operator, devices, join } = await startScriptedFleet(t, 1);
  const [stolen] = devices;
  if (stolen === undefined) return;
  const view = async () => {
    const target = { name: 'gw-1', environment: null };
    return (await operator.request({ kind: 'devices', target })).devices[0];
  };
  // Numbers that nothing honest exceeds, for reports, greetings and events; then an epoch that retires the honest one.
  stolen.reported = { ...stolen.reported, sequence: Number.MAX_SAFE_INTEGER - 1 };
  await stolen.report({ site: 'forged' });
  const gone = { v: 1 as const, online: false, epoch: 'e1', connection: Number.MAX_SAFE_INTEGER };
  await stolen.publish(`${root}/device/gw-1/status`, encodeMessage(deviceStatusSchema, gone, 'status'), true);
  const started = { kind: 'started' as const, agentVersion: '0.1.0', recovered: '' };
  for (let time = 0; time < 2; time += 1) await stolen.post(started, Number.MAX_SAFE_INTEGER);
  stolen.reported = { ...stolen.reported, sequence: 1 };
  await stolen.report({ epoch: 'forged' });
  await eventually('it is believed', async () => (await view())?.reported?.epoch === 'forged');
  const honest = await join({ gatewayId: 'gw-1' });
  await eventually('the old connection is ended', () => !stolen.isConnected);
  await honest.report();
  await honest.post(started);
  await honest.post(started, 1);
  await eventually('its event is acknowledged as what it is', () => honest.acknowledged.includes(1));
  const now = await eventually('it is believed again', async () => {
    const found = await view();
    return found?.reported?.site === 'lab' && found.online && found;
  });
  t.equal(now.reported?.epoch, 'e1');
});

t.test('nobody takes over the client id of somebody else', async (t) => {
  const { coordinator, operator, devices } = await startScriptedFleet(t, 1);
  const { username, password } = await operator.request({ kind: 'enrol', gatewayId: 'gw-9' as never });
  const attempt = connectAsync(coordinator.url, { clientId: 'gw-1', username, password, reconnectPeriod: 0 }, false);
  await t.rejects(attempt);
  t.equal(devices[0]?.isConnected, true);
});

t.test('a packet over the limit ends its connection before it is read', async (t) => {
  const { coordinator } = await startScriptedFleet(t, 0);
  const { hostname, port } = new URL(coordinator.url);
  const socket = connectSocket({ host: hostname, port: Number(port) });
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.on('error', () => undefined);
  // A CONNECT that announces 200 MB.
  socket.write(Buffer.from([0x10, 0x80, 0xc2, 0xd7, 0x5f]));
  await closed;
  t.pass('closed');
});

t.test('what devices publish is not kept in the broker', async (t) => {
  const { coordinator, operator } = await startScriptedFleet(t, 0);
  const { username, password } = await operator.request({ kind: 'enrol', gatewayId: 'gw-9' as never });
  const device = await connectAsync(coordinator.url, { clientId: 'gw-9', username, password, reconnectPeriod: 0 });
  t.teardown(() => device.endAsync(true));
  const residentKb = () => {
    const status = readFileSync(`/proc/${coordinator.pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]);
  };
  const beforeKb = residentKb();
  const made = Array.from({ length: 2_000 }, (_, index) => `${root}/device/gw-9.b${index}/reported`);
  const large = Buffer.alloc(120_000, 1);
  for (const topic of made) await device.publishAsync(topic, large, { qos: 1, retain: true });
  t.ok(residentKb() - beforeKb < 160_000, '240 MB were sent');
});

t.test('malformed messages are ignored', async (t) => {
  const { operator, devices } = await startScriptedFleet(t, 1);
  const [device] = devices;
  if (device === undefined) return;
  for (const payload of [Buffer.from('no cbor'), Buffer.from([0xa0]), Buffer.alloc(60_000, 1)]) {
    for (const leaf of ['reported', 'status', 'health', 'event', 'log'])
      await device.publish(`${root}/device/gw-1/${leaf}`, payload, false);
  }
  const { devices: views } = await operator.request({ kind: 'devices', target: { name: 'gw-1', environment: null } });
  t.equal(views[0]?.online, true);
});

t.test('packages: unsigned, foreign and damaged files are refused; a version belongs to one content', async (t) => {
  const { operator } = await startScriptedFleet(t, 0);
  const foreign = signedPackage({}, generateSigningKeys());
  await t.rejects(operator.register(foreign), /PACKAGE_KEY_UNTRUSTED/);
  const damaged = Buffer.from(signedPackage());
  damaged.writeUInt8(damaged.readUInt8(200) ^ 1, 200);
  await t.rejects(operator.register(damaged), /PACKAGE_|MANIFEST_/);
  const digest = await operator.register(signedPackage());
  t.equal(await operator.register(signedPackage()), digest, 'once more is no harm');
  await t.rejects(operator.register(signedPackage({ weight: 0.25 })), /PACKAGE_VERSION_TAKEN/);
  const { packages } = await operator.request({ kind: 'packages' });
  t.equal(packages.length, 1);
});

t.test('one process works on a data folder', async (t) => {
  const { coordinator } = await startScriptedFleet(t, 0);
  await t.rejects(CoordinatorProcess.start(coordinator.dataDir), /another coordinator/);
  t.equal(await coordinator.stop(), 0);
  const next = await CoordinatorProcess.start(coordinator.dataDir);
  await eventually('it answers', () => next.port > 0);
  await next.stop();
});

t.test('a broker that speaks another protocol is refused at once', async (t) => {
  const attempt = CoordinatorProcess.start(t.testdir(), 0, ['--broker', 'http://127.0.0.1:1']);
  await t.rejects(attempt, /broker.url: must be mqtt/);
});
