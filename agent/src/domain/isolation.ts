import { type DeviceId, type Isolation, type IsolationDocument, LlnError } from '@liquid-lln/protocol';
import { postEvent } from './post-event.js';
import type { StoreRecord } from './store-record.js';

/**
 * The record after the device was told whether to answer clients; the same one if that is not newer than what it was told
 * before. Nothing else depends on it: slots, trial and instruction stay what they are.
 */
export function takeIsolation(record: StoreRecord, told: IsolationDocument, nowMs: number): StoreRecord {
  const known = record.isolation;
  if (told.revision <= (known?.revision ?? 0)) return record;
  const { revision, isolated, reason, by } = told;
  const sinceMs = known?.isolated === isolated ? known.sinceMs : nowMs;
  const after = { ...record, isolation: { revision, isolated, reason, by, sinceMs } };
  const wasIsolated = known?.isolated ?? false;
  if (isolated === wasIsolated) return after;
  return postEvent(after, { kind: isolated ? 'isolated' : 'released', reason, by }, nowMs);
}

/** @throws LlnError DEVICE_ISOLATED for a client of a device that is isolated */
export function refuseIsolated(deviceId: DeviceId, isolation: Isolation | null): void {
  if (isolation?.isolated !== true) return;
  const { reason, sinceMs } = isolation;
  throw new LlnError('DEVICE_ISOLATED', `${deviceId} is isolated: ${reason}`, { deviceId, sinceMs });
}
