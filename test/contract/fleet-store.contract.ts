import {
  archiveRollout,
  type DeviceRecord,
  type FleetChange,
  type FleetStore,
  frameOf,
  openTail,
  rowOf,
  verificationKey,
} from '@liquid-lln/coordinator';
import {
  alertSchema,
  clientIdSchema,
  deviceEventSchema,
  generationSchema,
  parseWith,
  type RolloutSummary,
  requestIdSchema,
  rolloutIdSchema,
  type VerificationRecord,
} from '@liquid-lln/protocol';
import type { Test } from 'tap';
import { advance, deviceIdOf, newPackage, someFleet, someRollout } from '../support/coordinator/rollout-builders.js';
import { someHealth, someReport, someRollout as someSummary } from '../support/fleet-views.js';

/** Opens the same store again and again, as restarts do. */
export type OpenStore = () => Promise<FleetStore>;

const fleet = someFleet(3);
const { rollout } = advance(someRollout(fleet), fleet, 1);
const gatewayId = someReport('gw-1').gatewayId;

const device: DeviceRecord = {
  deviceId: deviceIdOf('gw-1'),
  gatewayId,
  admission: 1,
  reported: someReport('gw-1'),
  retiredEpochs: ['e0'],
  lastSeenMs: 5,
};

const alert = parseWith(
  alertSchema,
  {
    alertId: 'a-12',
    rule: 'latency',
    subject: 'gw-1',
    severity: 'warning',
    of: 'state',
    environment: 'production',
    devices: ['gw-1'],
    detail: 'slow',
    raisedMs: 8,
    endedMs: null,
    repeats: 0,
    acknowledged: null,
  },
  'alert',
);

const { digest, name, version, sizeBytes } = newPackage;

const frame = frameOf(60_000, 60, [rowOf(someHealth('gw-1')), rowOf(someHealth('gw-2', [], { digest: null }))]);

/** One change of every kind that is loaded again. */
const changes: readonly FleetChange[] = [
  { kind: 'put-generation', generation: parseWith(generationSchema, 7, 'generation') },
  { kind: 'put-gateway', gateway: { gatewayId, secretHash: 'ab', enrolledMs: 1 } },
  { kind: 'put-operator', operator: { username: 'ada', secretHash: 'cd', role: 'admin', createdMs: 2 } },
  { kind: 'put-device', device },
  {
    kind: 'put-package',
    package: {
      identity: { digest, name, version },
      fileDigest: digest,
      sizeBytes,
      needs: { kernelAbi: 1, imageBytes: 640 },
      signedBy: ['k1'],
      registeredMs: 3,
      registeredBy: 'ada',
      quarantine: {
        sinceMs: 4,
        evidence: [{ deviceId: device.deviceId, rolloutId: null, code: 'latency', detail: '', atMs: 4 }],
      },
    },
  },
  { kind: 'put-rollout', rollout },
  {
    kind: 'put-document',
    state: {
      kind: 'desired',
      deviceId: device.deviceId,
      document: {
        v: 1,
        generation: parseWith(generationSchema, 7, 'generation'),
        admission: 1,
        instruction: { kind: 'none' },
        rolloutId: null,
      },
    },
  },
  {
    kind: 'put-isolation',
    record: {
      deviceId: device.deviceId,
      document: { v: 1, revision: 3, isolated: true, reason: 'it smokes', by: 'ada', atMs: 6 },
    },
  },
  { kind: 'put-cursor', deviceId: device.deviceId, epoch: 'e1', cursor: { upTo: 3, beyond: [5] } },
  { kind: 'put-telemetry', frame },
  { kind: 'put-telemetry', frame: { ...frame, startMs: 120_000 } },
  { kind: 'drop-telemetry', startMs: 120_000 },
  {
    kind: 'put-request',
    record: {
      client: parseWith(clientIdSchema, 'cli', 'client'),
      request: parseWith(requestIdSchema, 'r1', 'request'),
      rolloutId: rollout.rolloutId,
      atMs: 4,
    },
  },
  { kind: 'put-alerting', record: { of: 'counter', key: 'alert', value: 12 } },
  { kind: 'put-alerting', record: { of: 'alert', key: alert.alertId, value: alert } },
];

function eventChange(sequence: number): FleetChange {
  const body = { kind: 'started', agentVersion: '1', recovered: '' };
  const event = { v: 1, deviceId: 'gw-1', epoch: 'e1', sequence, atMs: sequence, body };
  return { kind: 'add-event', event: parseWith(deviceEventSchema, event, 'event') };
}

function auditChange(action: string): FleetChange {
  return { kind: 'add-audit', entry: { atMs: 1, actor: 'ada', action, subject: 's', reason: null, detail: '' } };
}

function lookChange(atMs: number): FleetChange {
  const look = { atMs, silenceMsMax: 60_000, rollout, isFirst: true };
  return { kind: 'add-trace', rolloutId: rollout.rolloutId, addition: { look, weight: 3, tail: openTail(3 * atMs) } };
}

function archived(rolloutId: string, createdMs: number): RolloutSummary {
  return archiveRollout(someSummary({ rolloutId, createdMs }), 9);
}

const verification: VerificationRecord = {
  deviceId: device.deviceId,
  package: { digest, name, version },
  slot: 'blue',
  suite: 'smoke',
  target: 'production',
  isPassed: true,
  checks: [],
  atMs: 1,
  actor: 'ada',
};

/** What the coordinator relies on, whatever the store. */
export function fleetStoreContract(t: Test, makeStore: (t: Test) => OpenStore): void {
  t.test('a new store is empty', async (t) => {
    const store = await makeStore(t)();
    const { generation, ...lists } = await store.load();
    t.equal(generation, 0);
    t.ok(Object.values(lists).every((list) => list.length === 0));
    await store.close();
  });

  t.test('what was committed is there after it was opened again', async (t) => {
    const open = makeStore(t);
    const store = await open();
    await store.commit(changes);
    await store.close();
    const again = await open();
    const snapshot = await again.load();
    t.equal(snapshot.generation, 7);
    t.match(snapshot.gateways, [{ gatewayId, secretHash: 'ab' }]);
    t.match(snapshot.operators, [{ username: 'ada' }]);
    t.same(snapshot.devices, [device]);
    t.match(snapshot.packages, [{ identity: { digest }, needs: { kernelAbi: 1, imageBytes: 640 }, signedBy: ['k1'] }]);
    t.same(snapshot.rollouts, [rollout]);
    t.match(snapshot.documents, [{ kind: 'desired', deviceId: 'gw-1' }]);
    t.match(snapshot.isolations, [{ deviceId: 'gw-1', document: { revision: 3, reason: 'it smokes' } }]);
    t.match(snapshot.cursors, [{ deviceId: 'gw-1', epoch: 'e1', cursor: { upTo: 3, beyond: [5] } }]);
    t.match(snapshot.requests, [{ client: 'cli', request: 'r1', rolloutId: rollout.rolloutId }]);
    t.same(snapshot.telemetry, [frame]);
    t.match(
      snapshot.alerting.find(({ of }) => of === 'alert'),
      { key: 'a-12', value: alert },
    );
    t.match(
      snapshot.alerting.find(({ of }) => of === 'counter'),
      { key: 'alert', value: 12 },
    );
    await again.commit([{ kind: 'drop-alerting', record: { of: 'alert', key: alert.alertId } }]);
    t.notOk((await again.load()).alerting.some(({ of }) => of === 'alert'));
    await again.close();
  });

  t.test('a later change of the same thing replaces it', async (t) => {
    const store = await makeStore(t)();
    await store.commit(changes);
    await store.commit([{ kind: 'put-device', device: { ...device, lastSeenMs: 9 } }]);
    t.match((await store.load()).devices, [{ lastSeenMs: 9 }]);
    t.equal((await store.load()).devices.length, 1);
    await store.close();
  });

  t.test('an event is stored once; the newest are read, oldest first', async (t) => {
    const store = await makeStore(t)();
    await store.commit([eventChange(1), eventChange(2)]);
    await store.commit([eventChange(2), eventChange(3)]);
    const read = async (limit: number) =>
      (await store.readEvents(new Set([device.deviceId]), limit)).map((event) => event.sequence);
    t.same(await read(10), [1, 2, 3]);
    t.same(await read(2), [2, 3]);
    t.same(await store.readEvents(new Set([deviceIdOf('gw-2')]), 10), []);
    await store.close();
  });

  t.test('looks at a rollout are read in their order, and weighed', async (t) => {
    const open = makeStore(t);
    const store = await open();
    await store.commit([lookChange(1), lookChange(2)]);
    await store.close();
    const again = await open();
    t.same((await again.load()).traces, [{ rolloutId: rollout.rolloutId, weight: 6 }]);
    await again.commit([lookChange(3)]);
    t.match(await again.readTrace(rollout.rolloutId), [{ atMs: 1, rollout }, { atMs: 2 }, { atMs: 3 }]);
    t.same(await again.readTrace(parseWith(rolloutIdSchema, 'r-999999', 'rollout id')), []);
    await again.commit([{ kind: 'drop-trace', rolloutId: rollout.rolloutId }]);
    t.same(await again.readTrace(rollout.rolloutId), []);
    t.same((await again.load()).traces, []);
    await again.close();
  });

  t.test('an archived rollout is in the place of the rollout, and is read alone or with the newest', async (t) => {
    const open = makeStore(t);
    const store = await open();
    const old = archived('r-aaaaaa', 2);
    await store.commit([{ kind: 'put-rollout', rollout }]);
    await store.commit([
      { kind: 'archive-rollout', summary: archived(rollout.rolloutId, 3) },
      { kind: 'archive-rollout', summary: old },
      { kind: 'archive-rollout', summary: archived('r-bbbbbb', 1) },
    ]);
    await store.close();
    const again = await open();
    t.same((await again.load()).rollouts, []);
    t.match(await again.readArchivedRollouts(2), [{ rolloutId: 'r-aaaaaa' }, { rolloutId: rollout.rolloutId }]);
    t.same(await again.readArchivedRollout(old.rolloutId), old);
    t.equal(await again.readArchivedRollout(parseWith(rolloutIdSchema, 'r-999999', 'rollout id')), null);
    await again.close();
  });

  t.test('verifications and cursors that are dropped are gone', async (t) => {
    const store = await makeStore(t)();
    await store.commit([...changes, { kind: 'put-verification', record: verification }]);
    t.same((await store.load()).verifications, [verification]);
    await store.commit([
      { kind: 'drop-verification', key: verificationKey(verification) },
      { kind: 'drop-cursor', deviceId: device.deviceId, epoch: 'e1' },
    ]);
    const { verifications, cursors } = await store.load();
    t.same([...verifications, ...cursors], []);
    await store.close();
  });

  t.test('the audit log numbers its entries', async (t) => {
    const store = await makeStore(t)();
    await store.commit([auditChange('one'), auditChange('two')]);
    await store.commit([auditChange('three')]);
    t.match(await store.readAudit(2), [
      { sequence: 2, action: 'two' },
      { sequence: 3, action: 'three' },
    ]);
    await store.close();
  });
}
