import { type DeviceId, errorRegistry, type Generation, LlnError, shortDigest } from '@liquid-lln/protocol';
import type { FleetView } from './fleet-view.js';
import { nameDevices } from './name-devices.js';
import { isOpen, type Member, packageOf, type Rollout } from './rollout.js';

export interface Retry {
  /** Why packages that a device had rolled back are tried again; null: those devices are left out. */
  readonly override: string | null;
  readonly generation: Generation;
  readonly nowMs: number;
}

/** Refusals that end when their reason does; what the package itself is to blame for comes back as it was. */
function isRetryable({ failure }: Member): boolean {
  if (failure === null) return false;
  if (failure.progress === 'reverted') return true;
  const entry = Object.entries(errorRegistry).find(([code]) => code === failure.outcome.code)?.[1];
  return entry?.fault !== 'caller' || failure.outcome.code === 'PACKAGE_QUARANTINED';
}

/** What to do where a rollout does not go on by itself, in words: with one that is over its devices are not in step. */
function insteadOfRetry(rollout: Rollout): string {
  if (rollout.status === 'paused') return 'resume it first';
  if (rollout.status === 'proposed') return 'it waits for its approval';
  const brought = packageOf(rollout);
  const failed = rollout.members.filter(isRetryable).map(({ deviceId }) => deviceId);
  if (brought === null || failed.length === 0) return 'nothing of it is to be tried again';
  const { name, version } = brought;
  return (
    `give ${nameDevices(failed)} the package once more with a rollout of its own for each, ` +
    `\`liquid-lln deploy --target ${failed[0]} --package ${name}@${version}\`, with --override and a reason where it was rolled back`
  );
}

/**
 * Gives the package once more to devices that failed with it.
 * @returns the rollout after it and the devices, to be told by name
 * @throws LlnError ROLLOUT_STATE if it is over or nobody can be retried, PACKAGE_QUARANTINED if it takes an override
 */
export function retryMembers(
  rollout: Rollout,
  fleet: FleetView,
  { override, generation, nowMs }: Retry,
): { readonly rollout: Rollout; readonly deviceIds: readonly DeviceId[] } {
  const { rolloutId } = rollout;
  const digest = packageOf(rollout)?.digest;
  const isGoing = isOpen(rollout) && rollout.status !== 'paused' && rollout.status !== 'proposed';
  if (!isGoing || digest === undefined)
    throw new LlnError('ROLLOUT_STATE', `rollout ${rolloutId} is ${rollout.status}: ${insteadOfRetry(rollout)}`, {
      rolloutId,
    });
  const failed = rollout.members.filter(isRetryable);
  const isQuarantined = ({ deviceId }: Member) => fleet.get(deviceId)?.reported.quarantined.includes(digest) ?? false;
  const retried = failed.filter((member) => override !== null || !isQuarantined(member));
  if (failed.length === 0)
    throw new LlnError('ROLLOUT_STATE', `no device of rollout ${rolloutId} failed with something that may be over`, {
      rolloutId,
    });
  if (retried.length === 0)
    throw new LlnError(
      'PACKAGE_QUARANTINED',
      `all ${failed.length} that failed had rolled the package ${shortDigest(digest)} back by themselves`,
      { rolloutId, digest },
    );
  const told = { generation, atMs: nowMs };
  const members = rollout.members.map((member) =>
    retried.includes(member) ? { ...member, failure: null, told } : member,
  );
  return { rollout: { ...rollout, members }, deviceIds: retried.map(({ deviceId }) => deviceId) };
}
