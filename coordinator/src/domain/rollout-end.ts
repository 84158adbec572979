import type { Digest, StopProgress } from '@liquid-lln/protocol';
import type { PlannedDevice } from './fleet-view.js';
import { type Member, type MemberObservation, memberGeneration, packageOf, type Rollout } from './rollout.js';

/** Whether a member that had been told to begin has heard that the rollout is over; null where nobody told it. */
export function viewStop(rollout: Rollout, member: Member, device: PlannedDevice | undefined): StopProgress | null {
  const { ending } = rollout;
  if (ending === null || !wasTold(rollout, member)) return null;
  if (device !== undefined && device.reported.generation >= ending.generation) return 'acknowledged';
  return device?.isOnline === true ? 'awaited' : 'offline';
}

/** Where a member is on its way out of a rollout that was stopped or tripped; null if it is not. */
export function observeEnd(
  rollout: Rollout,
  member: Member,
  device: PlannedDevice | undefined,
): Pick<MemberObservation, 'progress' | 'waitingFor'> | null {
  const { ending } = rollout;
  const brought = packageOf(rollout);
  const stop = viewStop(rollout, member, device);
  if (ending === null || stop === null || brought === null) return null;
  const running = device?.reported.running ?? null;
  const isOnIt = running?.digest === brought.digest;
  if (ending.kind === 'hold' && isOnIt && running?.state === 'confirmed') return null;
  if (stop !== 'acknowledged' || device === undefined)
    return {
      progress: 'stopping',
      waitingFor: stop === 'offline' ? 'offline; it hears of it when it returns' : 'has not heard of it',
    };
  const { outcome } = device.reported;
  if (outcome?.result === 'refused' && outcome.generation >= ending.generation)
    return { progress: 'refused', waitingFor: '' };
  if (isOnIt) return { progress: 'stopping', waitingFor: 'goes back' };
  const hadIt = ending.kind === 'rollback' || hasLeft(device, brought.digest);
  return { progress: hadIt ? 'rolled-back' : 'stopped', waitingFor: '' };
}

function wasTold(rollout: Rollout, member: Member): boolean {
  return memberGeneration(rollout, member) !== null && member.waveIndex >= (rollout.ending?.fromWave ?? 0);
}

/** A package that was live and was left leaves its slot as failed. */
function hasLeft({ reported: { slots } }: PlannedDevice, digest: Digest): boolean {
  return [slots.blue, slots.green].some((slot) => slot.state === 'failed' && slot.package?.digest === digest);
}
