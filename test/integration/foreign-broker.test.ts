import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  defaultPolicy,
  encodeMessage,
  operatorRequestSchema,
  reportedStateSchema,
  topicRoot,
} from '@liquid-lln/protocol';
import { hasMosquitto, Mosquitto } from '@liquid-lln/tools';
import { connectAsync } from 'mqtt';
import t, { type Test } from 'tap';
import { AgentProcess } from '../support/agent/agent-process.js';
import { quickPolicy } from '../support/agent/documents.js';
import { signedPackage, testKeys } from '../support/agent/signed-package.js';
import { CoordinatorProcess } from '../support/coordinator-process.js';
import { eventually } from '../support/eventually.js';
import { someReport } from '../support/fleet-views.js';
import { deployRequest, OperatorClient } from '../support/operator-client.js';

t.setTimeout(120_000);

const root = topicRoot('default');
const gateways = ['gw-1', 'gw-2'];

/** The document's procedure, step by step: broker, coordinator, an operator, gateways. */
async function startFleet(t: Test) {
  const folder = t.testdir();
  const broker = await Mosquitto.start(join(folder, 'mosquitto'));
  t.teardown(() => broker.stop());
  broker.addUser('operators', { username: 'lln-coordinator', password: 'secret-of-the-coordinator' });
  broker.addUser('operators', { username: 'jo', password: 'secret-of-jo' });
  const coordinator = await CoordinatorProcess.start(join(folder, 'coordinator'), 0, [
    '--config',
    writeCoordinatorConfig(folder, broker),
  ]);
  t.teardown(() => coordinator.kill());
  const credentials = { broker: broker.operatorsUrl, username: 'jo', password: 'secret-of-jo' };
  const operator = await OperatorClient.connect(credentials, 'jo-at-home');
  t.teardown(() => operator.disconnect());
  const passwords = new Map<string, string>();
  for (const gatewayId of gateways) {
    const { password } = await operator.request({ kind: 'enrol', gatewayId: gatewayId as never });
    broker.addUser('devices', { username: gatewayId, password });
    passwords.set(gatewayId, password);
  }
  return { folder, broker, coordinator, operator, passwords };
}

function writeCoordinatorConfig(folder: string, broker: Mosquitto): string {
  mkdirSync(join(folder, 'coordinator/trusted'), { recursive: true });
  writeFileSync(join(folder, 'coordinator/trusted/test.pub'), testKeys.publicPem);
  const path = join(folder, 'coordinator.json');
  const login = { url: broker.operatorsUrl, username: 'lln-coordinator', password: 'secret-of-the-coordinator' };
  writeFileSync(path, JSON.stringify({ dataDir: 'coordinator', broker: login, checklist: { required: [] } }), {
    mode: 0o600,
  });
  return path;
}

function isConfirmed(operator: OperatorClient, digest: string): Promise<boolean> {
  return operator.request({ kind: 'devices', target: { name: 'all', environment: null } }).then(({ devices }) => {
    const running = devices.map(({ reported }) => reported?.running);
    return running.length === gateways.length && running.every((one) => one?.digest === digest && isKept(one));
  });
}

function isKept({ state }: { readonly state: string }): boolean {
  return state === 'confirmed';
}

const skip = hasMosquitto() ? false : 'no mosquitto on this machine (apt-get install mosquitto)';

t.test('a fleet on mosquitto, configured as documented', { skip }, async (t) => {
  const { folder, broker, operator, passwords } = await startFleet(t);
  for (const gatewayId of gateways) {
    const agent = await AgentProcess.start({
      broker: broker.devicesUrl,
      gatewayId,
      folder: join(folder, gatewayId),
      config: { fleet: 'default', broker: { url: broker.devicesUrl, password: passwords.get(gatewayId) } },
    });
    t.teardown(() => agent.stop('SIGKILL'));
  }
  const listed = () => operator.request({ kind: 'devices', target: { name: 'all', environment: null } });
  await eventually('both are admitted', async () => (await listed()).devices.length === gateways.length);

  t.test('a package reaches every device', async (t) => {
    const digest = await operator.register(signedPackage().file);
    await operator.request({
      ...deployRequest(digest, 'production', [50, 100]),
      policy: { ...defaultPolicy, ...quickPolicy },
    });
    t.ok(await eventually('both confirm it', () => isConfirmed(operator, digest), 60_000));
  });

  t.test('a broker that lost everything is told everything again', async (t) => {
    await broker.restart();
    const digest = await operator.register(signedPackage({ version: '2.0.0', weight: 0.6 }).file);
    await operator.request({
      ...deployRequest(digest, 'production', [100]),
      policy: { ...defaultPolicy, ...quickPolicy },
    });
    t.ok(await eventually('both confirm the next package', () => isConfirmed(operator, digest), 60_000));
  });

  t.test('a device is held to its own topics, and is no operator', async (t) => {
    const password = passwords.get('gw-1') ?? '';
    const login = { username: 'gw-1', password, reconnectPeriod: 0 };
    await t.rejects(connectAsync(broker.operatorsUrl, { ...login, clientId: 'jo-at-home' }, false));
    const intruder = await connectAsync(broker.devicesUrl, { ...login, clientId: 'jo-at-home' });
    const forged = encodeMessage(reportedStateSchema, someReport('gw-2', { epoch: 'forged', sequence: 999 }), 'report');
    await intruder.publishAsync(`${root}/device/gw-2/reported`, Buffer.from(forged), { qos: 1, retain: true });
    const enrol = encodeMessage(operatorRequestSchema, { kind: 'enrol', gatewayId: 'gw-2' }, 'request');
    for (const client of ['jo-at-home', 'gw-1'])
      await intruder.publishAsync(`${root}/operator/${client}/request/r1`, Buffer.from(enrol), { qos: 1 });
    await intruder.endAsync();
    const { devices } = await listed();
    t.notOk(devices.some(({ reported }) => reported?.epoch === 'forged'));
    const { entries } = await operator.request({ kind: 'audit', limit: 100 });
    t.equal(entries.filter(({ action }) => action === 'gateway-enrolled').length, gateways.length);
  });
});
