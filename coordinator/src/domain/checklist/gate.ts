import { LlnError, type PreFinding, unmetOf } from '@liquid-lln/protocol';
import type { KnownDevice } from '../fleet-view.js';
import { packageOf, type Rollout } from '../rollout.js';
import { unmetError } from './checklist.js';

/** What somebody says who wants to go on although something is open. */
export interface GateRequest {
  readonly isForced: boolean;
  readonly reason: string | null;
  readonly by: string;
  readonly nowMs: number;
  /** Whether only the plan is wanted: it shows what is open and is not refused. */
  readonly isDryRun: boolean;
}

/** The devices that a checklist protects. */
export function gatedDevices<D extends Pick<KnownDevice, 'environment'>>(devices: readonly D[]): D[] {
  return devices.filter(({ environment }) => environment === 'production');
}

/**
 * A rollout that is about to begin, with the checklist as it stands now.
 * @throws LlnError REFUSED_BY_GATE naming every open item and what leads on; USAGE if it is forced without a reason
 */
export function passChecklist(
  rollout: Rollout,
  items: readonly PreFinding[],
  { isForced, reason, by, nowMs, isDryRun }: GateRequest,
): Rollout {
  const isOpen = unmetOf(items).length > 0;
  const stand = { atMs: nowMs, items: [...items], forced: null };
  if (!isOpen || isDryRun) return { ...rollout, checklist: stand };
  const identity = packageOf(rollout);
  if (identity === null) throw new LlnError('INTERNAL', `${rollout.kind} brings no package`);
  if (!isForced) throw unmetError(items, identity, rollout.target);
  if (reason === null) throw new LlnError('USAGE', 'a forced deploy needs a reason: say why it cannot wait');
  return { ...rollout, checklist: { ...stand, forced: { by, reason } } };
}

/** For the audit log: what was open, where somebody went on all the same. */
export function describeForce({ checklist }: Rollout): string | null {
  if (checklist === undefined || checklist.forced === null) return null;
  return unmetOf(checklist.items)
    .map(({ item, state }) => `${item} ${state}`)
    .join(', ');
}
