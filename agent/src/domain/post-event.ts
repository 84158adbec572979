import type { EventBody } from '@liquid-lln/protocol';
import { type StoreRecord, unpostedMax } from './store-record.js';

/** Writes an event down for the outbox, with the device's next sequence number. */
export function postEvent(record: StoreRecord, body: EventBody, nowMs: number): StoreRecord {
  const sequence = record.eventSequence + 1;
  const unposted = [...record.unposted, { sequence, atMs: nowMs, body }].slice(-unpostedMax);
  return { ...record, eventSequence: sequence, unposted };
}

/** Texts in records and events are bounded. */
export function clip(text: string): string {
  return text.length <= 500 ? text : `${text.slice(0, 497)}...`;
}
