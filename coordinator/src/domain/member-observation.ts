import { type Generation, isBringing, type Outcome, type PackageIdentity, type SlotName } from '@liquid-lln/protocol';
import type { PlannedDevice, PlannedReport } from './fleet-view.js';
import {
  type Member,
  type MemberObservation,
  memberGeneration,
  memberToldMs,
  type Rollout,
  type RolloutInstruction,
} from './rollout.js';
import { observeEnd } from './rollout-end.js';
import { describePace } from './rollout-limits.js';

/** Time as a plan sees it. */
export interface PlanTime {
  readonly nowMs: number;
  /** Silence after which an assigned device counts as unknown. */
  readonly silenceMsMax: number;
}

/** Where a member is, from what its device reports. Written, staged and tried packages do not count as updated. */
export function observeMember(
  rollout: Rollout,
  member: Member,
  device: PlannedDevice | undefined,
  time: PlanTime,
): MemberObservation {
  if (member.final !== null) return member.final;
  const reported = device?.reported ?? null;
  const now = runningIdentity(reported);
  const failure = member.failure ?? findFailure(rollout, member, reported);
  if (failure !== null) return { ...failure, now, waitingFor: '' };
  const ended = observeEnd(rollout, member, device);
  if (ended !== null) return { ...ended, now, outcome: reported?.outcome ?? null };
  const generation = memberGeneration(rollout, member);
  if (generation === null)
    return { progress: 'pending', now, outcome: null, waitingFor: describeTurn(rollout, member) };
  const outcome = reported?.outcome ?? null;
  if (reported !== null && isDone(rollout.instruction, reported, generation))
    return { progress: doneProgress(rollout.instruction), now, outcome, waitingFor: '' };
  const silence = describeSilence(device, memberToldMs(rollout, member) ?? time.nowMs, deadlineOf(rollout, time));
  if (silence !== null) return { progress: 'unknown', now, outcome, waitingFor: silence };
  const { progress, waitingFor } = observeWork(rollout.instruction, generation, device);
  return { progress, now, outcome, waitingFor };
}

export function runningIdentity(reported: PlannedReport | null): PackageIdentity | null {
  if (reported === null || reported.running === null) return null;
  const { digest, name, version } = reported.running;
  return { digest, name, version };
}

/**
 * The failure that a device reports for this rollout. An outcome of an older generation belongs to an older
 * instruction and says nothing; "confirmed" and a rollback that was asked for are no failures.
 */
export function findFailure(rollout: Rollout, member: Member, reported: PlannedReport | null): Member['failure'] {
  const generation = memberGeneration(rollout, member);
  const outcome = reported?.outcome ?? null;
  if (generation === null || outcome === null || outcome.generation < generation) return null;
  // What it answers to the end of the rollout is no failure of the package.
  if (rollout.ending !== null && outcome.generation >= rollout.ending.generation) return null;
  const progress = failureOf(rollout.instruction, outcome);
  return progress === null ? null : { progress, outcome };
}

function failureOf(instruction: RolloutInstruction, outcome: Outcome): 'reverted' | 'refused' | null {
  if (outcome.result === 'refused') return 'refused';
  if (!isBringing(instruction)) return null;
  const isOfPackage = outcome.digest === null || outcome.digest === instruction.package.digest;
  const wanted = instruction.kind === 'stage' ? 'staged' : 'confirmed';
  return isOfPackage && outcome.result !== wanted ? 'reverted' : null;
}

/** What a device that has done what was asked for counts as. */
function doneProgress({ kind }: RolloutInstruction): 'confirmed' | 'ready' | 'freed' {
  if (kind === 'free') return 'freed';
  return kind === 'stage' ? 'ready' : 'confirmed';
}

/** Whether a device has what the instruction asks for: by what runs and is confirmed, never by what was written. */
function isDone(instruction: RolloutInstruction, reported: PlannedReport, generation: Generation): boolean {
  const { running } = reported;
  if (reported.generation < generation) return false;
  if (instruction.kind === 'deploy')
    return running !== null && running.digest === instruction.package.digest && running.state === 'confirmed';
  if (instruction.kind === 'stage')
    return reported.outcome?.result === 'staged' && isStaged(reported, instruction.package, instruction.slot);
  if (instruction.kind === 'free')
    return reported.outcome?.result === 'freed' && reported.slots[instruction.slot].state === 'empty';
  if (running === null) return true;
  // A trial goes back to what served before it, even where others are to leave that, too.
  if (reported.outcome?.result === 'rolled-back' && reported.outcome.generation >= generation) return true;
  // What is on trial is not what it will serve: a drill goes back to what it was told to leave.
  return running.state === 'confirmed' && instruction.from !== null && !instruction.from.includes(running.digest);
}

function deadlineOf({ limits: { silenceSecondsMax } }: Rollout, time: PlanTime): PlanTime {
  return silenceSecondsMax === null ? time : { ...time, silenceMsMax: silenceSecondsMax * 1_000 };
}

function describeTurn({ waves, limits }: Rollout, { waveIndex }: Member): string {
  return waves[waveIndex]?.generation == null ? `wave ${waveIndex + 1} has not begun` : describePace(limits);
}

/** Why a device counts as unknown, or null if it may still answer in time. */
function describeSilence(device: PlannedDevice | undefined, toldMs: number, time: PlanTime): string | null {
  if (device === undefined) return 'it is not in the fleet any more';
  const silentMs = Math.min(device.silentMs, Math.max(0, time.nowMs - toldMs));
  if (silentMs <= time.silenceMsMax) return null;
  return `${device.isOnline ? 'silent' : 'offline'} for ${Math.round(silentMs / 1000)} s`;
}

type Work = Pick<MemberObservation, 'progress' | 'waitingFor'>;

function observeWork(instruction: RolloutInstruction, generation: Generation, device: PlannedDevice | undefined): Work {
  if (device === undefined) return { progress: 'assigned', waitingFor: 'its return to the fleet' };
  if (!device.isOnline) return { progress: 'assigned', waitingFor: 'offline; it gets the instruction when it returns' };
  const { reported } = device;
  if (reported.generation < generation)
    return { progress: 'assigned', waitingFor: `has not taken up generation ${generation}` };
  if (!isBringing(instruction))
    return { progress: 'assigned', waitingFor: instruction.kind === 'free' ? 'empties the slot' : 'goes back' };
  const work = observeDeployment(instruction.package, reported);
  return instruction.kind === 'stage' && work.progress === 'staged'
    ? { progress: 'staged', waitingFor: `its verification in ${instruction.slot}` }
    : work;
}

function observeDeployment(wanted: PackageIdentity, reported: PlannedReport): Work {
  const { activity } = reported;
  const hasStaged = [reported.slots.blue, reported.slots.green].some(
    (slot) => slot.state === 'staged' && slot.package?.digest === wanted.digest,
  );
  if (activity.kind !== 'idle' && activity.digest === wanted.digest) {
    switch (activity.kind) {
      case 'receiving':
        return { progress: 'receiving', waitingFor: `chunk ${activity.chunksDone} of ${activity.chunks}` };
      case 'verifying':
        return { progress: 'receiving', waitingFor: 'verifies the package' };
      case 'shadow':
        return { progress: 'staged', waitingFor: activity.waitingFor };
      case 'trial':
        return { progress: 'trial', waitingFor: activity.waitingFor };
      case 'waiting':
        return { progress: hasStaged ? 'staged' : 'assigned', waitingFor: activity.waitingFor };
    }
  }
  if (reported.running?.digest === wanted.digest) return { progress: 'trial', waitingFor: 'its confirmation' };
  return hasStaged
    ? { progress: 'staged', waitingFor: 'the beginning of its trial' }
    : { progress: 'assigned', waitingFor: 'the beginning of the transfer' };
}

/** Whether a device holds the package in this slot, verified, beside what is live: fresh, or since it ran before. */
export function isStaged({ slots, running }: PlannedReport, { digest }: PackageIdentity, slot: SlotName): boolean {
  const { state, package: content } = slots[slot];
  return running?.slot !== slot && content?.digest === digest && (state === 'staged' || state === 'confirmed');
}
