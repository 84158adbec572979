import type { Transaction } from 'kysely';
import { desiredStateKey } from '../../domain/desired-state.js';
import type { AuditRecord } from '../../domain/records.js';
import { verificationKey } from '../../domain/verification.js';
import type { FleetChange } from '../../ports/fleet-store.js';
import { chainHash, chainStart } from './audit-chain.js';
import type { Tables } from './tables.js';
import { encodeFrame } from './telemetry-body.js';

/** Everything but entries of the audit log, which form a chain. */
type StateChange = Exclude<FleetChange, { kind: 'add-audit' }>;

type Writer<K extends StateChange['kind']> = (
  trx: Transaction<Tables>,
  change: Extract<StateChange, { kind: K }>,
) => Promise<unknown>;

/** How each change is written; a new kind does not compile without a writer. */
const writers: { readonly [K in StateChange['kind']]: Writer<K> } = {
  'put-gateway': (trx, { gateway }) =>
    trx
      .replaceInto('gateways')
      .values({ gateway_id: gateway.gatewayId, secret_hash: gateway.secretHash, enrolled_ms: gateway.enrolledMs })
      .execute(),
  'put-operator': (trx, { operator }) =>
    trx
      .replaceInto('operators')
      .values({
        username: operator.username,
        secret_hash: operator.secretHash,
        role: operator.role,
        created_ms: operator.createdMs,
      })
      .execute(),
  'put-device': (trx, { device }) =>
    trx
      .replaceInto('devices')
      .values({ device_id: device.deviceId, admission: device.admission, body: JSON.stringify(device) })
      .execute(),
  'put-package': (trx, { package: record }) =>
    trx
      .insertInto('packages')
      .values({
        digest: record.identity.digest,
        name: record.identity.name,
        version: record.identity.version,
        body: JSON.stringify(record),
      })
      .onConflict((conflict) => conflict.column('digest').doUpdateSet({ body: JSON.stringify(record) }))
      .execute(),
  'put-rollout': (trx, { rollout }) =>
    trx
      .replaceInto('rollouts')
      .values({
        rollout_id: rollout.rolloutId,
        status: rollout.status,
        created_ms: rollout.createdMs,
        body: JSON.stringify(rollout),
      })
      .execute(),
  'archive-rollout': async (trx, { summary }) => {
    const { rolloutId: rollout_id, createdMs: created_ms } = summary;
    await trx
      .replaceInto('archived_rollouts')
      .values({ rollout_id, created_ms, body: JSON.stringify(summary) })
      .execute();
    await trx.deleteFrom('rollouts').where('rollout_id', '=', rollout_id).execute();
  },
  'put-document': (trx, { state }) =>
    trx
      .replaceInto('documents')
      .values({
        key: desiredStateKey(state),
        generation: state.document.generation,
        body: JSON.stringify(state),
      })
      .execute(),
  'put-isolation': (trx, { record }) =>
    trx
      .replaceInto('isolations')
      .values({ device_id: record.deviceId, body: JSON.stringify(record) })
      .execute(),
  'put-dataset': (trx, { dataset }) =>
    trx
      .replaceInto('datasets')
      .values({ name: dataset.name, body: JSON.stringify(dataset) })
      .execute(),
  'put-thresholds': (trx, { record }) =>
    trx
      .replaceInto('thresholds')
      .values({ device_id: record.deviceId, body: JSON.stringify(record) })
      .execute(),
  'put-verification': (trx, { record }) =>
    trx
      .replaceInto('verifications')
      .values({ key: verificationKey(record), body: JSON.stringify(record) })
      .execute(),
  'drop-verification': (trx, { key }) => trx.deleteFrom('verifications').where('key', '=', key).execute(),
  'put-generation': (trx, { generation }) =>
    trx.replaceInto('counters').values({ name: 'generation', value: generation }).execute(),
  'put-cursor': (trx, { deviceId, epoch, cursor }) =>
    trx
      .replaceInto('event_cursors')
      .values({ device_id: deviceId, epoch, body: JSON.stringify(cursor) })
      .execute(),
  'drop-cursor': (trx, { deviceId, epoch }) =>
    trx.deleteFrom('event_cursors').where('device_id', '=', deviceId).where('epoch', '=', epoch).execute(),
  'put-request': (trx, { record }) =>
    trx
      .replaceInto('requests')
      .values({
        client: record.client,
        request: record.request,
        rollout_id: record.rolloutId,
        at_ms: record.atMs,
      })
      .execute(),
  'put-telemetry': (trx, { frame }) =>
    trx
      .replaceInto('telemetry')
      .values({ start_ms: frame.startMs, seconds: frame.seconds, body: encodeFrame(frame) })
      .execute(),
  'drop-telemetry': (trx, { startMs }) => trx.deleteFrom('telemetry').where('start_ms', '=', startMs).execute(),
  'add-trace': (trx, { rolloutId, addition: { look, weight } }) =>
    trx
      .insertInto('traces')
      .values({ rollout_id: rolloutId, weight, body: JSON.stringify(look) })
      .execute(),
  'drop-trace': (trx, { rolloutId }) => trx.deleteFrom('traces').where('rollout_id', '=', rolloutId).execute(),
  'put-alerting': (trx, { record: { of, key, value } }) =>
    trx
      .replaceInto('alerting')
      .values({ of, key, body: JSON.stringify(value) })
      .execute(),
  'drop-alerting': (trx, { record: { of, key } }) =>
    trx.deleteFrom('alerting').where('of', '=', of).where('key', '=', key).execute(),
  'add-event': (trx, { event }) =>
    trx
      .insertInto('events')
      .values({
        device_id: event.deviceId,
        epoch: event.epoch,
        sequence: event.sequence,
        body: JSON.stringify(event),
      })
      .onConflict((conflict) => conflict.doNothing())
      .execute(),
};

/** Writes the changes of one commit within its transaction. */
export async function writeChanges(trx: Transaction<Tables>, changes: readonly FleetChange[]): Promise<void> {
  const entries: AuditRecord[] = [];
  for (const change of changes) {
    if (change.kind === 'add-audit') entries.push(change.entry);
    else await writeChange(trx, change);
  }
  if (entries.length > 0) await appendAudit(trx, entries);
}

function writeChange<K extends StateChange['kind']>(
  trx: Transaction<Tables>,
  change: Extract<StateChange, { kind: K }>,
): Promise<unknown> {
  const write: Writer<K> = writers[change.kind as K];
  return write(trx, change);
}

/** Goes on with the chain where it ends. */
async function appendAudit(trx: Transaction<Tables>, entries: readonly AuditRecord[]): Promise<void> {
  const last = await trx
    .selectFrom('audit')
    .select(['sequence', 'hash'])
    .orderBy('sequence', 'desc')
    .limit(1)
    .executeTakeFirst();
  let [sequence, hash] = [last?.sequence ?? 0, last?.hash ?? chainStart];
  for (const entry of entries) {
    sequence += 1;
    const numbered = {
      ...entry,
      subject: entry.subject.slice(0, 200),
      detail: entry.detail.slice(0, 4_000),
      sequence,
    };
    hash = chainHash(hash, numbered);
    const { atMs, ...columns } = numbered;
    await trx
      .insertInto('audit')
      .values({ ...columns, at_ms: atMs, hash })
      .execute();
  }
}
