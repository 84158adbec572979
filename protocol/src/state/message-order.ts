import { text } from '../base/schema.js';

/** Messages of one start of an agent; the next start numbers on from the next multiple. */
const messagesPerStart = 1_000_000;

/**
 * The number of a message: it grows over restarts without a write for each message.
 * @param start counts the starts of an agent on one store, from 1
 * @param count of the message since that start, from 1
 */
export function messageNumber(start: number, count: number): number {
  return start * messagesPerStart + count;
}

/**
 * Only in messages of a start whose number the disk did not take, being full: the next start has the same number, and
 * this, made anew with each start, tells the two apart.
 */
export const unrecordedStartSchema = text(32);

/** What a message is ordered by, among those of one device and epoch. */
export interface MessagePlace {
  readonly number: number;
  readonly unrecordedStart: string | undefined;
}

/**
 * Whether a message was made after another one. Of two starts with the same number only the last one can be on the
 * disk: so one that is not recorded is older than whatever else has its number.
 */
export function isLaterMessage(known: MessagePlace, next: MessagePlace): boolean {
  if (known.unrecordedStart === next.unrecordedStart) return next.number > known.number;
  const lead = startOf(next) - startOf(known);
  return lead > 0 || (lead === 0 && known.unrecordedStart !== undefined);
}

function startOf({ number }: MessagePlace): number {
  return Math.floor(number / messagesPerStart);
}
