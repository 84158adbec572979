import { type Digest, otherSlot, type SlotName } from '@liquid-lln/protocol';
import { isCrashLoop } from './crash-count.js';
import { rollbackTarget, type SlotContent, type StoreRecord } from './store-record.js';

/** The digest of the verified package that each slot's file really holds; null where there is none. */
export type FoundPackages = Readonly<Record<SlotName, Digest | null>>;

/**
 * What a device does at its start:
 * - `keep`: serve the live slot;
 * - `revert`: a trial was cut short; return to the other slot;
 * - `abandon`: a trial was cut short and there is nothing to return to;
 * - `fall-back`: the live package is damaged, or the agent crashes whenever it starts; serve the other slot;
 * - `none`: nothing can serve.
 */
export type BootAction = 'keep' | 'revert' | 'abandon' | 'fall-back' | 'none';

/** What the decision looks at; `any` in a row matches everything. */
interface BootFacts {
  readonly live: 'none' | 'trial' | 'confirmed';
  readonly isLiveIntact: boolean;
  readonly isTargetIntact: boolean;
}

interface BootRow {
  readonly live: BootFacts['live'];
  readonly isLiveIntact: boolean | 'any';
  readonly isTargetIntact: boolean | 'any';
  readonly action: BootAction;
}

/** In order; the first row that matches decides. The board firmware follows the same rows. */
export const bootTable: readonly BootRow[] = [
  { live: 'trial', isLiveIntact: 'any', isTargetIntact: true, action: 'revert' },
  { live: 'trial', isLiveIntact: 'any', isTargetIntact: false, action: 'abandon' },
  { live: 'confirmed', isLiveIntact: true, isTargetIntact: 'any', action: 'keep' },
  { live: 'confirmed', isLiveIntact: false, isTargetIntact: true, action: 'fall-back' },
  { live: 'confirmed', isLiveIntact: false, isTargetIntact: false, action: 'none' },
  { live: 'none', isLiveIntact: 'any', isTargetIntact: 'any', action: 'none' },
];

/** What to do at the start, given the record and what the slot files really hold. */
export function decideBoot(record: StoreRecord, found: FoundPackages): BootAction {
  const facts = gatherFacts(record, found);
  const matches = (wanted: boolean | 'any', fact: boolean) => wanted === 'any' || wanted === fact;
  const row = bootTable.find(
    (candidate) =>
      candidate.live === facts.live &&
      matches(candidate.isLiveIntact, facts.isLiveIntact) &&
      matches(candidate.isTargetIntact, facts.isTargetIntact),
  );
  return row?.action ?? 'none';
}

function gatherFacts(record: StoreRecord, found: FoundPackages): BootFacts {
  if (record.live === null) return { live: 'none', isLiveIntact: false, isTargetIntact: false };
  const live = record.slots[record.live];
  const target = rollbackTarget(record);
  return {
    live: live.state === 'trial' ? 'trial' : live.state === 'confirmed' ? 'confirmed' : 'none',
    // A package with which the agent does not stay alive is as good as a damaged one.
    isLiveIntact: isIntact(live, found[record.live]) && !isCrashLoop(record),
    isTargetIntact: target !== null && isIntact(record.slots[otherSlot(record.live)], found[target]),
  };
}

/** Whether a slot's file is the package that the record promises. */
export function isIntact(content: SlotContent, found: Digest | null): boolean {
  return content.state !== 'empty' && found !== null && content.package.digest === found;
}
