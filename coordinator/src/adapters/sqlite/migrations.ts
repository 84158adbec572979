import { LlnError } from '@liquid-lln/protocol';
import { type Kysely, sql, type Transaction } from 'kysely';
import type { Tables } from './tables.js';

type Migration = readonly string[];

/** In order; the number of a migration is its place, from 1. Never changed once released. */
const migrations: readonly Migration[] = [
  [
    'create table counters (name text primary key, value integer not null)',
    'create table gateways (gateway_id text primary key, secret_hash text not null, enrolled_ms integer not null)',
    'create table operators (username text primary key, secret_hash text not null, role text not null, created_ms integer not null)',
    'create table devices (device_id text primary key, admission integer not null unique, body text not null)',
    'create table packages (digest text primary key, name text not null, version text not null, body text not null, unique (name, version))',
    'create table rollouts (rollout_id text primary key, status text not null, created_ms integer not null, body text not null)',
    'create table documents (key text primary key, generation integer not null, body text not null)',
    'create table event_cursors (device_id text not null, epoch text not null, body text not null, primary key (device_id, epoch))',
    `create table events (stored integer primary key autoincrement, device_id text not null, epoch text not null,
       sequence integer not null, body text not null, unique (device_id, epoch, sequence))`,
    'create index events_by_device on events (device_id, stored)',
    'create table requests (client text not null, request text not null, rollout_id text not null, at_ms integer not null, primary key (client, request))',
    `create table audit (sequence integer primary key, at_ms integer not null, actor text not null, action text not null,
       subject text not null, reason text, detail text not null, hash text not null)`,
    `create trigger audit_keeps_entries before update on audit begin select raise(abort, 'the audit log only grows'); end`,
    `create trigger audit_loses_nothing before delete on audit begin select raise(abort, 'the audit log only grows'); end`,
  ],
  ['create table isolations (device_id text primary key, body text not null)'],
  ['create table telemetry (start_ms integer primary key, seconds integer not null, body text not null)'],
  ['create table leadership (one integer primary key check (one = 1), term integer not null)'],
  [
    'create table datasets (name text primary key, body text not null)',
    'create table verifications (key text primary key, body text not null)',
  ],
  ['create table thresholds (device_id text primary key, body text not null)'],
  ['create table alerting (of text not null, key text not null, body text not null, primary key (of, key))'],
  [
    'create table traces (place integer primary key autoincrement, rollout_id text not null, weight integer not null, body text not null)',
    'create index traces_by_rollout on traces (rollout_id, place)',
  ],
  [
    'create table archived_rollouts (rollout_id text primary key, created_ms integer not null, body text not null)',
    'create index archived_rollouts_by_age on archived_rollouts (created_ms)',
  ],
];

/** The version of a store that this software writes. */
export const knownVersion = migrations.length;

/** @throws LlnError STORE_NEWER */
export function refuseNewer(version: number): never {
  throw new LlnError(
    'STORE_NEWER',
    `the store has version ${version}, this software knows ${knownVersion}: it was written by a newer one`,
    { version, known: knownVersion },
  );
}

/** Brings a database up to this version; each migration with its number in one transaction. */
export async function migrate(database: Kysely<Tables>): Promise<void> {
  await sql`create table if not exists schema_version (version integer not null)`.execute(database);
  const row = await database.selectFrom('schema_version').select('version').executeTakeFirst();
  const version = row?.version ?? 0;
  if (version > knownVersion) refuseNewer(version);
  for (const [index, migration] of migrations.entries()) {
    if (index >= version) await database.transaction().execute((trx) => apply(trx, migration, index + 1));
  }
}

async function apply(trx: Transaction<Tables>, migration: Migration, version: number): Promise<void> {
  for (const statement of migration) await sql.raw(statement).execute(trx);
  await trx.deleteFrom('schema_version').execute();
  await trx.insertInto('schema_version').values({ version }).execute();
}
