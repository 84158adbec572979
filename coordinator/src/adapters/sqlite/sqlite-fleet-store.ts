import {
  type AuditEntry,
  type DeviceEvent,
  type DeviceId,
  datasetViewSchema,
  deviceEventSchema,
  deviceIdSchema,
  generationSchema,
  LlnError,
  parseWith,
  type RolloutId,
  type RolloutSummary,
  rolloutIdSchema,
  rolloutSummarySchema,
  verificationRecordSchema,
} from '@liquid-lln/protocol';
import { Kysely, type Transaction } from 'kysely';
import Database from 'libsql';
import type * as v from 'valibot';
import type { TraceLook } from '../../domain/replay/rollout-trace.js';
import type { FleetChange, FleetSnapshot, FleetStore } from '../../ports/fleet-store.js';
import { requestsRememberedMax } from '../../ports/fleet-store.js';
import { type ChainedEntry, verifyChain } from './audit-chain.js';
import { writeChanges } from './change-writers.js';
import { beginTerm, checkTerm } from './leadership.js';
import { migrate } from './migrations.js';
import {
  alertingSchema,
  cursorSchema,
  desiredStateSchema,
  deviceSchema,
  gatewaySchema,
  isolationSchema,
  operatorSchema,
  packageSchema,
  requestSchema,
  rolloutSchema,
  thresholdSchema,
} from './record-schemas.js';
import { asStoreError, StoreDialect } from './store-driver.js';
import type { Tables } from './tables.js';
import { decodeFrame } from './telemetry-body.js';
import { traceLookSchema } from './trace-schema.js';

/** Events kept; the audit log, which has what they led to, is never cut. */
const defaultEventsKeptMax = 1_000_000;
/** Changes after which what is too old goes. */
const defaultSweepEvery = 10_000;

/** What a store keeps of what grows without end. */
export interface StoreBounds {
  readonly eventsKeptMax?: number;
  readonly sweepEvery?: number;
}
/** Rows of an `in (...)` list; SQLite allows 32,766 parameters. */
const listedMax = 10_000;

/** The fleet's state in one SQLite file. */
export class SqliteFleetStore implements FleetStore {
  readonly #database: Kysely<Tables>;
  readonly #term: number;
  readonly #eventsKeptMax: number;
  readonly #sweepEvery: number;
  #changesSinceSweep = 0;

  private constructor(database: Kysely<Tables>, term: number, bounds: StoreBounds) {
    this.#database = database;
    this.#term = term;
    this.#eventsKeptMax = bounds.eventsKeptMax ?? defaultEventsKeptMax;
    this.#sweepEvery = bounds.sweepEvery ?? defaultSweepEvery;
  }

  /**
   * Opens or creates the file and checks it. Every commit is on disk when it returns (WAL, `synchronous=FULL`). Whoever
   * had it open before writes nothing any more.
   * @throws LlnError STORE_CORRUPT, STORE_NEWER, STORE_FULL or STORAGE_FAILED
   */
  static async open(path: string, bounds: StoreBounds = {}): Promise<SqliteFleetStore> {
    const raw = openFile(path);
    const database = new Kysely<Tables>({ dialect: new StoreDialect(raw) });
    try {
      for (const pragma of ['journal_mode=WAL', 'synchronous=FULL']) raw.pragma(pragma);
      await migrate(database);
      const store = new SqliteFleetStore(database, await beginTerm(database), bounds);
      verifyChain(await store.#readChain());
      await store.#forgetOldEvents(database);
      await store.#forgetOldRequests(database);
      return store;
    } catch (thrown) {
      await database.destroy();
      throw asStoreError(thrown, `be opened (${path})`);
    }
  }

  async load(): Promise<FleetSnapshot> {
    const db = this.#database;
    const generation = await db
      .selectFrom('counters')
      .select('value')
      .where('name', '=', 'generation')
      .executeTakeFirst();
    const gateways = await db.selectFrom('gateways').selectAll().execute();
    const operators = await db.selectFrom('operators').selectAll().execute();
    const alerting = await db.selectFrom('alerting').selectAll().execute();
    const cursors = await db.selectFrom('event_cursors').selectAll().execute();
    return {
      generation: check(generationSchema, generation?.value ?? 0, 'generation'),
      gateways: gateways.map((row) =>
        check(
          gatewaySchema,
          { gatewayId: row.gateway_id, secretHash: row.secret_hash, enrolledMs: row.enrolled_ms },
          'gateway',
        ),
      ),
      operators: operators.map((row) =>
        check(
          operatorSchema,
          { username: row.username, secretHash: row.secret_hash, role: row.role, createdMs: row.created_ms },
          'operator',
        ),
      ),
      devices: await this.#readBodies('devices', 'admission', deviceSchema),
      packages: await this.#readBodies('packages', 'digest', packageSchema),
      rollouts: await this.#readBodies('rollouts', 'created_ms', rolloutSchema),
      documents: await this.#readBodies('documents', 'generation', desiredStateSchema),
      isolations: await this.#readBodies('isolations', 'device_id', isolationSchema),
      datasets: await this.#readBodies('datasets', 'name', datasetViewSchema),
      thresholds: await this.#readBodies('thresholds', 'device_id', thresholdSchema),
      verifications: await this.#readBodies('verifications', 'key', verificationRecordSchema),
      cursors: cursors.map((row) => ({
        deviceId: check(deviceIdSchema, row.device_id, 'event cursor'),
        epoch: row.epoch,
        cursor: check(cursorSchema, parseJson(row.body), 'event cursor'),
      })),
      requests: await this.#loadRequests(),
      telemetry: await this.#loadTelemetry(),
      alerting: alerting.map(({ of, key, body }) =>
        check(alertingSchema, { of, key, value: parseJson(body) }, `${of} ${key}`),
      ),
      traces: await this.#weighTraces(),
    };
  }

  async commit(changes: readonly FleetChange[]): Promise<void> {
    try {
      await this.#database.transaction().execute(async (trx: Transaction<Tables>) => {
        await checkTerm(trx, this.#term);
        await writeChanges(trx, changes);
        await this.#sweepNowAndThen(trx, changes.length);
      });
    } catch (thrown) {
      throw asStoreError(thrown, 'keep changes');
    }
  }

  async readEvents(devices: ReadonlySet<DeviceId>, limit: number): Promise<DeviceEvent[]> {
    const rows = await this.#database
      .selectFrom('events')
      .select('body')
      .where('device_id', 'in', [...devices].slice(0, listedMax))
      .orderBy('stored', 'desc')
      .limit(limit)
      .execute();
    return rows.reverse().map((row) => check(deviceEventSchema, parseJson(row.body), 'event'));
  }

  async readAudit(limit: number): Promise<AuditEntry[]> {
    const rows = await this.#database
      .selectFrom('audit')
      .selectAll()
      .orderBy('sequence', 'desc')
      .limit(limit)
      .execute();
    return rows.reverse().map(({ sequence, at_ms, actor, action, subject, reason, detail }) => ({
      sequence,
      atMs: at_ms,
      actor,
      action,
      subject,
      reason,
      detail,
    }));
  }

  async readArchivedRollouts(limit: number): Promise<RolloutSummary[]> {
    const rows = await this.#database
      .selectFrom('archived_rollouts')
      .select('body')
      .orderBy('created_ms', 'desc')
      .limit(limit)
      .execute();
    return rows.reverse().map(({ body }) => check(rolloutSummarySchema, parseJson(body), 'archived rollout'));
  }

  async readArchivedRollout(rolloutId: RolloutId): Promise<RolloutSummary | null> {
    const row = await this.#database
      .selectFrom('archived_rollouts')
      .select('body')
      .where('rollout_id', '=', rolloutId)
      .executeTakeFirst();
    return row === undefined ? null : check(rolloutSummarySchema, parseJson(row.body), 'archived rollout');
  }

  async readTrace(rolloutId: RolloutId): Promise<TraceLook[]> {
    const rows = await this.#database
      .selectFrom('traces')
      .select('body')
      .where('rollout_id', '=', rolloutId)
      .orderBy('place')
      .execute();
    return rows.map(({ body }) => check(traceLookSchema, parseJson(body), `trace of ${rolloutId}`));
  }

  async close(): Promise<void> {
    await this.#database.destroy();
  }

  /** In the transaction of a commit, so that a crash leaves nothing half done. */
  async #sweepNowAndThen(trx: Transaction<Tables>, changes: number): Promise<void> {
    this.#changesSinceSweep += changes;
    if (this.#changesSinceSweep < this.#sweepEvery) return;
    this.#changesSinceSweep = 0;
    await this.#forgetOldEvents(trx);
    await this.#forgetOldRequests(trx);
  }

  async #forgetOldEvents(database: Kysely<Tables>): Promise<void> {
    const newest = await database
      .selectFrom('events')
      .select((expression) => expression.fn.max('stored').as('stored'))
      .executeTakeFirst();
    const oldest = (newest?.stored ?? 0) - this.#eventsKeptMax;
    if (oldest > 0) await database.deleteFrom('events').where('stored', '<=', oldest).execute();
  }

  /** Old requests cannot come again any more. */
  async #forgetOldRequests(database: Kysely<Tables>): Promise<void> {
    const oldest = await database
      .selectFrom('requests')
      .select('at_ms')
      .orderBy('at_ms', 'desc')
      .offset(requestsRememberedMax)
      .limit(1)
      .executeTakeFirst();
    if (oldest !== undefined) await database.deleteFrom('requests').where('at_ms', '<=', oldest.at_ms).execute();
  }

  async #readChain(): Promise<ChainedEntry[]> {
    const rows = await this.#database.selectFrom('audit').selectAll().orderBy('sequence').execute();
    return rows.map(({ at_ms, ...row }) => ({ ...row, atMs: at_ms }));
  }

  async #readBodies<T>(
    table:
      | 'devices'
      | 'packages'
      | 'rollouts'
      | 'documents'
      | 'isolations'
      | 'datasets'
      | 'verifications'
      | 'thresholds',
    order: 'admission' | 'digest' | 'created_ms' | 'generation' | 'device_id' | 'name' | 'key',
    schema: v.GenericSchema<unknown, T>,
  ): Promise<T[]> {
    const rows = await this.#database
      .selectFrom(table)
      .select('body')
      .orderBy(this.#database.dynamic.ref(order))
      .execute();
    return rows.map((row) => check(schema, parseJson(row.body), `row of ${table}`));
  }

  async #loadTelemetry(): Promise<FleetSnapshot['telemetry']> {
    const rows = await this.#database.selectFrom('telemetry').selectAll().orderBy('start_ms').execute();
    return rows.map(({ start_ms, seconds, body }) => decodeFrame(start_ms, seconds, parseJson(body)));
  }

  async #weighTraces(): Promise<FleetSnapshot['traces']> {
    const rows = await this.#database
      .selectFrom('traces')
      .select(({ fn }) => ['rollout_id', fn.sum<number>('weight').as('weight')])
      .groupBy('rollout_id')
      .execute();
    return rows.map(({ rollout_id, weight }) => ({ rolloutId: check(rolloutIdSchema, rollout_id, 'trace'), weight }));
  }

  async #loadRequests(): Promise<FleetSnapshot['requests']> {
    const rows = await this.#database
      .selectFrom('requests')
      .selectAll()
      .orderBy('at_ms', 'desc')
      .limit(requestsRememberedMax)
      .execute();
    return rows
      .reverse()
      .map(({ client, request, rollout_id, at_ms }) =>
        check(requestSchema, { client, request, rolloutId: rollout_id, atMs: at_ms }, 'request'),
      );
  }
}

function openFile(path: string): Database.Database {
  try {
    return new Database(path);
  } catch (thrown) {
    throw asStoreError(thrown, `be opened (${path})`);
  }
}

function check<T>(schema: v.GenericSchema<unknown, T>, data: unknown, what: string): T {
  return parseWith(schema, data, `stored ${what}`, 'STORE_CORRUPT');
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw new LlnError('STORE_CORRUPT', 'a row of the store is no JSON', {}, cause);
  }
}
