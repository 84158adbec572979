import { limits } from '@liquid-lln/protocol';
import type { PostedEvent } from './store-record.js';

/** Events that the coordinator has not stored yet, oldest first, and the newest number ever held. */
export interface Outbox {
  readonly events: readonly PostedEvent[];
  readonly lastSequence: number;
}

export const emptyOutbox: Outbox = { events: [], lastSequence: 0 };

/** Room made at once when the outbox is full, so that a long time offline is not one loss for each new event. */
const roomShare = 0.1;

/** Adds events that are newer than all held; says how many old ones had to go, alerts before anything else. */
export function addEvents(
  outbox: Outbox,
  added: readonly PostedEvent[],
  eventsMax: number = limits.outboxEventsMax,
): { readonly outbox: Outbox; readonly added: readonly PostedEvent[]; readonly lost: number } {
  const fresh = added.filter((event) => event.sequence > outbox.lastSequence);
  const events = [...outbox.events, ...fresh];
  const lastSequence = fresh.at(-1)?.sequence ?? outbox.lastSequence;
  const excess = events.length - eventsMax;
  if (excess <= 0) return { outbox: { events, lastSequence }, added: fresh, lost: 0 };
  const lost = Math.min(events.length, Math.max(excess, Math.ceil(eventsMax * roomShare)));
  return { outbox: { events: dropOldest(events, lost), lastSequence }, added: fresh, lost };
}

function dropOldest(events: readonly PostedEvent[], drop: number): PostedEvent[] {
  const alerts = events.filter((event) => event.body.kind === 'alert').slice(0, drop);
  const others = events.filter((event) => event.body.kind !== 'alert').slice(0, drop - alerts.length);
  const dropped = new Set([...alerts, ...others]);
  return events.filter((event) => !dropped.has(event));
}

/** Forgets what the coordinator has stored. */
export function acknowledgeEvents(outbox: Outbox, upTo: number): Outbox {
  return { ...outbox, events: outbox.events.filter((event) => event.sequence > upTo) };
}
