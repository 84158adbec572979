import { hash } from 'node:crypto';
import { type AuditEntry, LlnError } from '@liquid-lln/protocol';

/** What the first entry continues. */
export const chainStart = '0'.repeat(64);

export interface ChainedEntry extends AuditEntry {
  readonly hash: string;
}

/** The hash of an entry that follows `previous`. */
export function chainHash(previous: string, entry: AuditEntry): string {
  const { sequence, atMs, actor, action, subject, reason, detail } = entry;
  const content = JSON.stringify([previous, sequence, atMs, actor, action, subject, reason, detail]);
  return hash('sha256', content, 'hex');
}

/**
 * Checks that nothing was changed, left out or put in between.
 * @param entries in order, from the first one on
 * @throws LlnError STORE_CORRUPT naming the first entry that does not follow from the one before it
 */
export function verifyChain(entries: Iterable<ChainedEntry>): void {
  let previous = chainStart;
  let sequence = 0;
  for (const entry of entries) {
    sequence += 1;
    if (entry.sequence !== sequence || chainHash(previous, entry) !== entry.hash)
      throw new LlnError(
        'STORE_CORRUPT',
        `entry ${entry.sequence} of the audit log does not follow from the one before`,
      );
    previous = entry.hash;
  }
}
