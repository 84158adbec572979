import { otherSlot, type Policy, type SlotName } from '@liquid-lln/protocol';
import { postEvent } from './post-event.js';
import { type Drill, type InstalledSlot, installedIn, type StoreRecord, standbySlot } from './store-record.js';

/** How long a drill's trial lasts: time for a board to restart and to answer. */
export const drillTrialSeconds = 5;

/** The limits of a drill: those of the package, and an end that nobody's word is needed for. */
export function drillPolicy({ policy }: Pick<InstalledSlot, 'policy'>): Policy {
  return { ...policy, soakSeconds: 0, shadowSeconds: 0, trialSecondsMax: drillTrialSeconds };
}

/** The package that a drill would try; null where there is none, or something else is under way. */
export function drillContent(record: StoreRecord): Drill | null {
  const { assignment, trial, revert, drill } = record;
  if (trial !== null || revert !== null || drill !== null || assignment?.isDone === false) return null;
  if (installedIn(record, record.live)?.state !== 'confirmed') return null;
  const slot = standbySlot(record);
  const content = record.slots[slot];
  const isReady = content.state === 'staged' || content.state === 'confirmed';
  return isReady && !record.quarantined.includes(content.package.digest) ? { slot, content } : null;
}

/** The package on standby is tried for nobody's sake: no rollout's, and no instruction's. */
export function startDrill(record: StoreRecord, policy: Policy, nowMs: number): StoreRecord {
  const drill = drillContent(record);
  const live = installedIn(record, record.live);
  if (drill === null || live === null) return record;
  const { slot, content } = drill;
  const trial = { generation: record.generation, rolloutId: null };
  const slots = { ...record.slots, [slot]: { ...content, state: 'trial' as const, policy, sinceMs: nowMs } };
  const { package: tried } = content;
  const body = { kind: 'trial-started' as const, package: tried, slot, ...trial, previous: live.package };
  return postEvent({ ...record, live: slot, trial, drill, slots }, body, nowMs);
}

/** The slot holds again what it held, unless its file is lost. */
export function endDrill(record: StoreRecord, isRestored: boolean, nowMs: number): StoreRecord {
  const { drill } = record;
  if (drill === null || record.trial !== null || record.revert !== null) return record;
  const { slot, content } = drill;
  const slots = isRestored ? { ...record.slots, [slot]: content } : record.slots;
  const body = { kind: 'drilled' as const, package: content.package, slot, isRestored };
  return postEvent({ ...record, drill: null, slots }, body, nowMs);
}

/** The slot that is to serve, whatever a drill tries now. */
export function lastingSlot({ live, drill }: Pick<StoreRecord, 'live' | 'drill'>): SlotName | null {
  return drill === null ? live : otherSlot(drill.slot);
}
