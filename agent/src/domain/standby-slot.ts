import type { EventBody, PackageIdentity, Policy } from '@liquid-lln/protocol';
import { clip, postEvent } from './post-event.js';
import { installedIn, type SlotContent, type StoreRecord, standbySlot } from './store-record.js';

/** A package that is about to take the standby slot. */
export interface Placement {
  readonly package: PackageIdentity;
  /** Of the whole file. */
  readonly bytes: number;
  readonly policy: Policy;
}

/** The standby slot is about to be replaced by a verified package. */
export function placePackage(
  record: StoreRecord,
  { package: wanted, bytes, policy }: Placement,
  nowMs: number,
): StoreRecord {
  // While a trial runs the standby slot is what it returns to; after a drill it gets back what it held.
  if (record.trial !== null || record.revert !== null || record.drill !== null) return record;
  // The same package in both slots would be no way back from itself.
  if (installedIn(record, record.live)?.package.digest === wanted.digest) return record;
  const unmeasured = { baselineLatencyUs: null, sinceMs: nowMs };
  return fillStandby(record, { state: 'receiving', package: wanted, bytes, policy, ...unmeasured });
}

/** The package that was being placed is there. */
export function completeStaging(record: StoreRecord, bytesWritten: number, nowMs: number): StoreRecord {
  const slot = standbySlot(record);
  const content = record.slots[slot];
  if (content.state !== 'receiving') return record;
  const staged = fillStandby(record, { ...content, state: 'staged', sinceMs: nowMs });
  const body: EventBody = { kind: 'staged', package: content.package, slot, ...orderOf(record), bytesWritten };
  return postEvent(staged, body, nowMs);
}

/** Gives up what is staged and was never live. */
export function giveUpStaged(record: StoreRecord): StoreRecord {
  return record.slots[standbySlot(record)].state === 'staged' ? fillStandby(record, { state: 'empty' }) : record;
}

/** Empties the standby slot. Nothing is taken from a trial, which may have to return to it. */
export function freeStandby(record: StoreRecord, reason: string, nowMs: number): StoreRecord {
  const slot = standbySlot(record);
  const content = record.slots[slot];
  if (content.state === 'empty' || record.trial !== null || record.revert !== null || record.drill !== null)
    return record;
  const body: EventBody = {
    kind: 'freed',
    package: content.package,
    slot,
    ...orderOf(record),
    reason: clip(reason),
  };
  return postEvent(fillStandby(record, { state: 'empty' }), body, nowMs);
}

/** The standby slot's package turned out to be damaged. */
export function loseStandby(record: StoreRecord, detail: string, nowMs: number): StoreRecord {
  const slot = standbySlot(record);
  const content = installedIn(record, slot);
  if (content === null) return record;
  const body: EventBody = { kind: 'store-corrupt', detail: clip(`slot ${slot}: ${detail}`) };
  const failed = fillStandby(record, { state: 'failed', package: content.package, failure: clip(detail) });
  return postEvent(failed, body, nowMs);
}

function fillStandby(record: StoreRecord, content: SlotContent): StoreRecord {
  return { ...record, slots: { ...record.slots, [standbySlot(record)]: content } };
}

/** By whose order something is done. */
function orderOf({
  assignment,
  generation,
}: StoreRecord): Pick<NonNullable<StoreRecord['trial']>, 'generation' | 'rolloutId'> {
  return { generation: assignment?.generation ?? generation, rolloutId: assignment?.rolloutId ?? null };
}
