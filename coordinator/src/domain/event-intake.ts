import { limits } from '@liquid-lln/protocol';

/** Which events of one epoch of one device are stored. */
export interface EventCursor {
  /** All events up to this sequence number are stored, or will not come any more. */
  readonly upTo: number;
  /** Stored events beyond a gap, ascending. */
  readonly beyond: readonly number[];
}

export const emptyCursor: EventCursor = { upTo: 0, beyond: [] };

/**
 * Notes an event's sequence number. Devices send their oldest event first and repeat what is not acknowledged, so an
 * event that comes again beyond a gap says that its device does not have the missing ones any more: the gap closes.
 */
export function noteEvent(cursor: EventCursor, sequence: number): { cursor: EventCursor; isNew: boolean } {
  if (sequence <= cursor.upTo) return { cursor, isNew: false };
  const isRepeated = cursor.beyond.includes(sequence);
  const stored = isRepeated ? cursor.beyond : [...cursor.beyond, sequence].sort((a, b) => a - b);
  const start = isRepeated ? sequence : cursor.upTo;
  return { cursor: closeUp({ upTo: start, beyond: stored.slice(-limits.outboxEventsMax) }), isNew: !isRepeated };
}

function closeUp({ upTo, beyond }: EventCursor): EventCursor {
  let end = upTo;
  for (const sequence of beyond) {
    if (sequence === end + 1) end = sequence;
  }
  return { upTo: end, beyond: beyond.filter((sequence) => sequence > end) };
}
