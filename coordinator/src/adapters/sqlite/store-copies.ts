import { digestSchema, LlnError, parseWith } from '@liquid-lln/protocol';
import Database from 'libsql';
import * as v from 'valibot';
import type { StoreCopies, StoreFacts } from '../../ports/backup.js';
import { verifyChain } from './audit-chain.js';
import { knownVersion, refuseNewer } from './migrations.js';
import { asStoreError } from './store-driver.js';

/** A writer that is committing is waited for. */
const busyMsMax = 10_000;

const chainRowSchema = v.object({
  sequence: v.number(),
  at_ms: v.number(),
  actor: v.string(),
  action: v.string(),
  subject: v.string(),
  reason: v.nullable(v.string()),
  detail: v.string(),
  hash: v.string(),
});

/** Copies of SQLite files, by `VACUUM INTO`: a reader like any other, which the writer does not notice. */
export const sqliteCopies: StoreCopies = {
  copy: async (from, to) =>
    reading(from, (database) => {
      database.exec(`vacuum into '${to.replaceAll("'", "''")}'`);
    }),
  inspect: async (path) => reading(path, inspect),
};

function reading<T>(path: string, work: (database: Database.Database) => T): T {
  try {
    const database = new Database(path, { fileMustExist: true });
    try {
      database.pragma(`busy_timeout=${busyMsMax}`);
      return work(database);
    } finally {
      database.close();
    }
  } catch (thrown) {
    throw asStoreError(thrown, `be copied or read (${path})`);
  }
}

function inspect(database: Database.Database): StoreFacts {
  const rows = (sql: string): unknown[] => database.prepare(sql).all();
  const [check] = rows('pragma integrity_check');
  if (v.safeParse(v.object({ integrity_check: v.literal('ok') }), check).success === false)
    throw new LlnError('STORE_CORRUPT', `the store is damaged: ${JSON.stringify(check)}`);
  const versionRow = v.parse(
    v.optional(v.object({ version: v.number() })),
    rows('select version from schema_version')[0],
  );
  const schemaVersion = versionRow?.version ?? 0;
  if (schemaVersion > knownVersion) refuseNewer(schemaVersion);
  const chain = rows('select * from audit order by sequence').map((row) => {
    const { at_ms, ...entry } = v.parse(chainRowSchema, row);
    return { ...entry, atMs: at_ms };
  });
  verifyChain(chain);
  const packages = rows('select digest from packages order by digest').map((row) =>
    parseWith(digestSchema, v.parse(v.object({ digest: v.string() }), row).digest, 'stored digest', 'STORE_CORRUPT'),
  );
  return { schemaVersion, packages, auditEntries: chain.length };
}
