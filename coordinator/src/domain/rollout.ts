import type {
  Cohort,
  CohortCandidate,
  DeviceId,
  Environment,
  Generation,
  Instruction,
  MemberProgress,
  Outcome,
  PackageIdentity,
  RolloutId,
  RolloutStatus,
  Verdict,
} from '@liquid-lln/protocol';

/**
 * Where a rollout's instructions go: one wave document a wave for an environment, or one desired document a device
 * where the target is not a whole environment.
 */
export type RolloutScope =
  | { readonly kind: 'environment'; readonly environment: Environment }
  | { readonly kind: 'devices' };

/** What a rollout brings: a package, or the way back from some. */
export type RolloutInstruction = Extract<Instruction, { kind: 'deploy' | 'rollback' }>;

export interface Wave {
  readonly percent: number;
  readonly cohort: Cohort;
  /** Devices that have the new package when this wave is done, those of earlier waves included. */
  readonly devices: number;
  /** The generation of its document; null until the wave begins. */
  readonly generation: Generation | null;
  readonly startedMs: number | null;
  readonly passedMs: number | null;
}

/** What is known of a member: derived from its reports while the rollout is open, and kept when it closes. */
export interface MemberObservation {
  readonly progress: MemberProgress;
  readonly now: PackageIdentity | null;
  readonly outcome: Outcome | null;
  /** In words; empty if nothing is waited for. */
  readonly waitingFor: string;
}

export interface Member {
  readonly deviceId: DeviceId;
  /** The wave that it enters with. */
  readonly waveIndex: number;
  readonly before: PackageIdentity | null;
  /** How it failed; a failure stays known when the device goes on to other things. */
  readonly failure: MemberFailure | null;
  /** What was known when the rollout closed; null while it is open. */
  readonly final: MemberObservation | null;
}

export interface MemberFailure {
  readonly progress: 'reverted' | 'refused';
  readonly outcome: Outcome;
}

/** A rollout as it is stored: decisions and failures. Progress is derived from what devices report. */
export interface Rollout {
  readonly rolloutId: RolloutId;
  readonly kind: 'deploy' | 'rollback';
  readonly status: RolloutStatus;
  /** The target as the operator named it. */
  readonly target: string;
  readonly scope: RolloutScope;
  readonly instruction: RolloutInstruction;
  /** What happens to the cohort when a wave fails, besides halting. */
  readonly onTrip: 'roll-back' | 'halt-only';
  readonly seed: string;
  /** All devices of the target when the rollout was planned: what its percentages are of. */
  readonly candidates: readonly CohortCandidate[];
  readonly waves: readonly Wave[];
  /** The wave that is out, or the first one. */
  readonly waveIndex: number;
  readonly members: readonly Member[];
  readonly createdMs: number;
  readonly createdBy: string;
  readonly endedMs: number | null;
  /** Why it halted, in words. */
  readonly detail: string;
}

export interface WaveReport {
  readonly verdict: Verdict;
  /** In words: what the wave waits for, or why it ended. */
  readonly waitingFor: string;
}

/** Whether a rollout may still take steps. A halted one may not, ever. */
export function isOpen(rollout: Rollout): boolean {
  return rollout.status === 'running' || rollout.status === 'waiting';
}

/** The package that a rollout brings; null for a rollback to whatever each device had before. */
export function packageOf(rollout: Rollout): PackageIdentity | null {
  if (rollout.instruction.kind !== 'deploy') return null;
  const { digest, name, version } = rollout.instruction.package;
  return { digest, name, version };
}

/** The generation of the wave that a member entered with; null while that wave has not begun. */
export function memberGeneration(rollout: Rollout, member: Member): Generation | null {
  return rollout.waves[member.waveIndex]?.generation ?? null;
}
