import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { knownStoreVersion, SqliteFleetStore } from '@liquid-lln/coordinator';
import { deviceIdSchema, parseWith } from '@liquid-lln/protocol';
import Database from 'libsql';
import t from 'tap';
import { projectRoot } from '../support/shared.js';

const fixtures = join(projectRoot, 'test/fixtures/stores');
const device = parseWith(deviceIdSchema, 'gw-1', 'device id');

/** The last version whose fixture is a whole store; each later one is what was added to the one before it. */
const lastWhole = 2;
/** One for each version that there is: a migration that is appended needs its fixture. */
const versions = Array.from({ length: knownStoreVersion }, (_, index) => index + 1);

/** What a coordinator of an earlier version left, as a file. */
function makeStore(folder: string, version: number): string {
  const path = join(folder, 'fleet.db');
  const database = new Database(path);
  const parts = versions.filter((each) => each === version || (each >= lastWhole && each < version));
  for (const part of parts) database.exec(readFileSync(join(fixtures, `schema-${part}.sql`), 'utf8'));
  database.close();
  return path;
}

function versionOf(path: string): number {
  const database = new Database(path);
  const row = database.prepare('select version from schema_version').get() as { version: number };
  database.close();
  return row.version;
}

t.test('every version of the store has its fixture', async (t) => {
  const wanted = versions.map((version) => `schema-${version}.sql`);
  t.same(readdirSync(fixtures).sort(), wanted.sort());
});

for (const version of versions) {
  t.test(`schema ${version}: a store of this version is brought up to date with all that it holds`, async (t) => {
    const path = makeStore(t.testdir(), version);
    t.equal(versionOf(path), version);
    /** As many as there are of what came with a version. */
    const since = (added: number) => (version >= added ? 1 : 0);
    for (const opening of ['first', 'second']) {
      const store = await SqliteFleetStore.open(path);
      const snapshot = await store.load();
      t.equal(snapshot.generation, 7, opening);
      t.match(snapshot.gateways, [{ gatewayId: 'gw-1' }]);
      t.match(snapshot.operators, [{ username: 'operator', role: 'admin' }]);
      t.match(snapshot.devices, [{ deviceId: 'gw-1', admission: 1, retiredEpochs: ['e0'] }]);
      t.match(snapshot.packages, [{ identity: { version: '2.0.0' }, signedBy: ['k1'] }]);
      t.match(snapshot.rollouts, [{ rolloutId: 'r-000000', status: 'running', members: [{}, {}, {}] }]);
      t.match(snapshot.documents, [{ kind: 'desired', deviceId: 'gw-1' }]);
      t.equal(snapshot.isolations.length, since(2));
      t.equal(snapshot.telemetry.length, since(3));
      t.equal(snapshot.datasets.length, since(5));
      t.equal(snapshot.verifications.length, since(5));
      t.equal(snapshot.thresholds.length, since(6));
      t.equal(snapshot.alerting.length, since(7));
      t.equal(snapshot.traces.length, since(8));
      t.equal((await store.readArchivedRollouts(10)).length, since(9));
      t.match(snapshot.cursors, [{ deviceId: 'gw-1', epoch: 'e1', cursor: { upTo: 3, beyond: [5] } }]);
      t.match(snapshot.requests, [{ client: 'cli', request: 'r1', rolloutId: 'r-000000' }]);
      t.match(await store.readEvents(new Set([device]), 10), [{ sequence: 3, body: { kind: 'started' } }]);
      t.match(await store.readAudit(10), [{ action: 'gateway-enrolled' }, { action: 'deploy', reason: 'because' }]);
      await store.close();
    }
    t.equal(versionOf(path), knownStoreVersion);
  });
}

t.test('a store of a later version is refused and stays as it is', async (t) => {
  const path = makeStore(t.testdir(), 2);
  const raw = new Database(path);
  raw.exec('update schema_version set version = 9999');
  raw.close();
  await t.rejects(SqliteFleetStore.open(path), { code: 'STORE_NEWER' });
  t.equal(versionOf(path), 9999);
});

t.test('whoever opens a store fences those off that had it open before', async (t) => {
  const path = join(t.testdir(), 'fleet.db');
  const entry = { atMs: 1, actor: 'ada', action: 'first', subject: 's', reason: null, detail: '' };
  const first = await SqliteFleetStore.open(path);
  await first.commit([{ kind: 'add-audit', entry }]);
  const second = await SqliteFleetStore.open(path);
  await t.rejects(first.commit([{ kind: 'add-audit', entry }]), { code: 'LEADERSHIP_LOST' });
  await second.commit([{ kind: 'add-audit', entry: { ...entry, action: 'second' } }]);
  t.match(await second.readAudit(10), [{ action: 'first' }, { action: 'second' }]);
  await first.close();
  await second.close();
});

t.test('events and requests are bounded while the store is open, the audit log is not', async (t) => {
  const path = join(t.testdir(), 'fleet.db');
  const store = await SqliteFleetStore.open(path, { eventsKeptMax: 50, sweepEvery: 20 });
  const body = { kind: 'started', agentVersion: '1', recovered: '' } as const;
  const entry = { atMs: 1, actor: 'ada', action: 'a', subject: 's', reason: null, detail: '' };
  for (let sequence = 1; sequence <= 200; sequence += 1) {
    const event = { v: 1 as const, deviceId: device, epoch: 'e1', sequence, atMs: 1, body };
    await store.commit([
      { kind: 'add-event', event },
      { kind: 'add-audit', entry },
    ]);
  }
  const events = await store.readEvents(new Set([device]), 1_000);
  t.ok(events.length >= 50 && events.length <= 70, `${events.length} events`);
  t.equal(events.at(-1)?.sequence, 200, 'the newest are there');
  t.equal((await store.readAudit(1_000)).length, 200);
  await store.close();
});
