import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SqliteFleetStore } from '@liquid-lln/coordinator';
import { gatewayIdSchema, parseWith } from '@liquid-lln/protocol';
import t from 'tap';
import { CoordinatorProcess } from '../support/coordinator-process.js';
import { eventually } from '../support/eventually.js';
import { OperatorClient } from '../support/operator-client.js';
import { scriptFleet } from '../support/scripted-fleet.js';
import { testKeys } from '../support/signed-package.js';
import { mountSmallDisk, whyNoSmallDisk } from '../support/small-disk.js';

const skip = whyNoSmallDisk();
const started = { kind: 'started' as const, agentVersion: '1', recovered: '' };
const everyone = { name: 'all', environment: null };

function entry(detail: string) {
  return { atMs: 1, actor: 'ada', action: 'deploy', subject: 's', reason: null, detail };
}

t.test('a store on a full disk says so, keeps what it kept, and goes on when there is room', { skip }, async (t) => {
  const disk = mountSmallDisk(t, 1_024);
  const path = join(disk.path, 'fleet.db');
  const store = await SqliteFleetStore.open(path);
  const add = (detail: string) => store.commit([{ kind: 'add-audit', entry: entry(detail.padEnd(3_000)) }]);
  await add('first');
  disk.fill();
  let kept = 1;
  const failure: unknown = await (async () => {
    for (;;) {
      await add(`number ${kept}`);
      kept += 1;
    }
  })().catch((thrown: unknown) => thrown);
  t.match(failure, { code: 'STORE_FULL', message: /database or disk is full/, remedy: /Free space/ });
  await t.rejects(add('again'), { code: 'STORE_FULL' });
  t.equal((await store.readAudit(1_000)).length, kept, 'reading goes on');
  disk.empty();
  await add('last');
  await store.close();
  const again = await SqliteFleetStore.open(path);
  const audit = await again.readAudit(1_000);
  t.equal(audit.length, kept + 1);
  t.match(audit.at(-1)?.detail, /^last/);
  await again.close();
});

t.test('B3: on a full disk nothing is acknowledged, and all goes on when there is room', { skip }, async (t) => {
  const disk = mountSmallDisk(t, 4_096);
  const dataDir = join(disk.path, 'data');
  mkdirSync(join(dataDir, 'trusted'), { recursive: true });
  writeFileSync(join(dataDir, 'trusted/test.pub'), testKeys.publicPem);
  const fleet = await scriptFleet(t, dataDir, 1);
  const { operator } = fleet;
  const [device] = fleet.devices;
  if (device === undefined) return;

  const enrolled: string[] = [];
  const enrol = (name: string) =>
    operator.ask({ kind: 'enrol', gatewayId: parseWith(gatewayIdSchema, name, 'gateway id') }, name);
  /** Takes all the room, the last that the store itself has left included. @returns the request that was refused */
  const exhaust = async (): Promise<string> => {
    disk.fill();
    for (;;) {
      const name = `new-${enrolled.length + 1}`;
      const reply = await enrol(name);
      if (reply.of === 'error') {
        t.match(reply.error, { code: 'STORE_FULL', remedy: /goes on by itself/ });
        return name;
      }
      enrolled.push(name);
    }
  };

  const refused = await exhaust();
  await device.post(started, 1);
  await device.report({ agentVersion: 'newer' });
  t.match(await operator.ask({ kind: 'devices', target: everyone }), { of: 'devices' }, 'questions are answered');
  t.same(device.acknowledged, [], 'the event is not acknowledged');

  disk.empty();
  t.match(await enrol(refused), { of: 'enrol', created: true }, 'the same request is done now');
  enrolled.push(refused);
  await device.post(started, 1);
  await eventually('the event that comes again is acknowledged', () => device.acknowledged.includes(1));
  await eventually('the report that was refused is taken', async () => {
    const reply = await operator.request({ kind: 'devices', target: everyone });
    return reply.devices[0]?.reported?.agentVersion === 'newer';
  });

  const lost = await exhaust();
  await device.post(started, 2);
  await fleet.coordinator.kill();
  disk.empty();
  await fleet.restart();
  const { entries } = await eventually('it answers', () =>
    operator.request({ kind: 'audit', limit: 1_000 }).catch(() => null),
  );
  const subjects = entries.filter(({ action }) => action === 'gateway-enrolled').map(({ subject }) => subject);
  t.same(
    subjects.filter((subject) => subject.startsWith('new-')),
    enrolled,
    'what was acknowledged is there after kill -9, each once',
  );
  t.notOk(subjects.includes(lost), 'and what was refused is not');
  await eventually('the device is back', () => device.isConnected);
  await device.post(started, 2);
  await eventually('its event is acknowledged', () => device.acknowledged.includes(2));
});

t.test('B12: STOP, isolate and emergency go through while the disk is full', { skip }, async (t) => {
  const disk = mountSmallDisk(t, 48 * 1_024);
  const dataDir = join(disk.path, 'data');
  mkdirSync(join(dataDir, 'trusted'), { recursive: true });
  writeFileSync(join(dataDir, 'trusted/test.pub'), testKeys.publicPem);
  const fleet = await scriptFleet(t, dataDir, 1);
  const { operator } = fleet;
  const reserve = join(dataDir, 'reserve.bin');
  t.ok(existsSync(reserve));
  const enrol = (number: number) =>
    operator.ask({ kind: 'enrol', gatewayId: parseWith(gatewayIdSchema, `new-${number}`, 'gateway id') });
  disk.fill();
  let enrolled = 1;
  while ((await enrol(enrolled)).of !== 'error') enrolled += 1;
  const target = { name: 'gw-1', environment: null };
  t.match(await operator.ask({ kind: 'isolate', target, isolated: true, reason: 'smoke' }), { of: 'isolate' });
  t.notOk(existsSync(reserve));
  t.match(await enrol(enrolled), { error: { code: 'STORE_FULL' } }, 'what is left is for what cannot wait');
  const emergency = await operator.ask({ kind: 'emergency', target, role: null, reason: 'fire' });
  t.match(emergency, { of: 'emergency', incident: { title: 'fire' } });
  disk.empty();
  t.match(await enrol(enrolled), { of: 'enrol' });
  t.ok(existsSync(reserve), 'it is kept back again');
});

t.test('a coordinator that starts on a full disk says why it does not', { skip }, async (t) => {
  const disk = mountSmallDisk(t, 2_048);
  mkdirSync(join(disk.path, 'data'));
  disk.fill();
  await t.rejects(CoordinatorProcess.start(join(disk.path, 'data')), { message: /STORE_FULL.*\n.*Free space/ });
  disk.empty();
  const coordinator = await CoordinatorProcess.start(join(disk.path, 'data'));
  const operator = await OperatorClient.connect(coordinator.operator);
  t.match(await operator.ask({ kind: 'packages' }), { of: 'packages' });
  await operator.disconnect();
  t.equal(await coordinator.stop(), 0);
});
