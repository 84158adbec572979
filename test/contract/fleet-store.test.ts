import { join } from 'node:path';
import { SqliteFleetStore } from '@liquid-lln/coordinator';
import { MemoryFleetStore } from '@liquid-lln/coordinator/testing';
import Database from 'libsql';
import t from 'tap';
import { fleetStoreContract } from './fleet-store.contract.js';

t.test('in memory', async (t) => {
  fleetStoreContract(t, () => {
    const store = new MemoryFleetStore();
    return async () => store;
  });
});

t.test('in SQLite', async (t) => {
  fleetStoreContract(t, (t) => {
    const path = join(t.testdir(), 'fleet.db');
    return () => SqliteFleetStore.open(path);
  });

  t.test('a failing change takes the others of its commit back', async (t) => {
    const store = await SqliteFleetStore.open(join(t.testdir(), 'fleet.db'));
    const entry = { atMs: 1, actor: 'a', action: 'b', subject: 'c', reason: null, detail: '' };
    const broken = { ...entry, actor: null as never };
    await t.rejects(
      store.commit([
        { kind: 'add-audit', entry },
        { kind: 'add-audit', entry: broken },
      ]),
    );
    t.same(await store.readAudit(10), []);
    await store.close();
  });

  t.test('a file that is no database, and a log that was changed, are named', async (t) => {
    const folder = t.testdir({ 'noise.db': 'x'.repeat(8_192) });
    await t.rejects(SqliteFleetStore.open(join(folder, 'noise.db')), { code: 'STORE_CORRUPT' });
    const path = join(folder, 'fleet.db');
    const store = await SqliteFleetStore.open(path);
    const entry = { atMs: 1, actor: 'ada', action: 'deploy', subject: 'c', reason: null, detail: '' };
    await store.commit([{ kind: 'add-audit', entry }]);
    await store.close();
    const raw = new Database(path);
    t.throws(() => raw.exec(`update audit set actor = 'eve'`), /only grows/);
    raw.exec(`drop trigger audit_keeps_entries; update audit set actor = 'eve'`);
    raw.close();
    await t.rejects(SqliteFleetStore.open(path), { code: 'STORE_CORRUPT', message: /entry 1 of the audit log/ });
  });
});
