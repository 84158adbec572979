import {
  type ChecklistStand,
  type Cohort,
  type CohortCandidate,
  type DeviceId,
  type Environment,
  type Generation,
  type Instruction,
  isBringing,
  type MemberProgress,
  type Outcome,
  type PackageIdentity,
  type RolloutId,
  type RolloutKind,
  type RolloutStatus,
  type Verdict,
} from '@liquid-lln/protocol';
import type { WaveAnalysis } from './analysis/wave-analysis.js';
import type { WaveConditions } from './analysis/wave-conditions.js';
import type { LimitsInForce } from './rollout-limits.js';

/**
 * Where a rollout's instructions go: one wave document a wave for an environment, or one desired document a device
 * where the target is not a whole environment.
 */
export type RolloutScope =
  | { readonly kind: 'environment'; readonly environment: Environment }
  | { readonly kind: 'devices' };

/** What a rollout asks of devices: a package, live or only staged, the way back from some, or an empty slot. */
export type RolloutInstruction = Extract<Instruction, { kind: 'deploy' | 'rollback' | 'stage' | 'free' }>;

/** What a person decided, and why. */
export interface Decision {
  readonly by: string;
  readonly reason: string;
  readonly atMs: number;
}

export interface Wave {
  readonly percent: number;
  readonly cohort: Cohort;
  /** Devices that have the new package when this wave is done, those of earlier waves included. */
  readonly devices: number;
  /** The generation of its document; null until the wave begins. */
  readonly generation: Generation | null;
  readonly startedMs: number | null;
  readonly passedMs: number | null;
  /** Who passed it although its gate held; null for nobody. */
  readonly promoted: Decision | null;
}

/** How a rollout's devices were told that it is over. */
export interface RolloutEnding {
  readonly generation: Generation;
  /** `hold`: give up what is not confirmed; `rollback`: leave the package. */
  readonly kind: 'hold' | 'rollback';
  /** Devices of earlier waves were not told. */
  readonly fromWave: number;
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
  /** The instruction that it was given by itself; null where it goes by its wave's. */
  readonly told: { readonly generation: Generation; readonly atMs: number } | null;
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
  readonly kind: RolloutKind;
  readonly status: RolloutStatus;
  /** The target as the operator named it. */
  readonly target: string;
  readonly scope: RolloutScope;
  readonly instruction: RolloutInstruction;
  /** What happens to the cohort when a wave fails, besides halting. */
  readonly onTrip: 'roll-back' | 'roll-back-wave' | 'halt-only';
  readonly limits: LimitsInForce;
  readonly seed: string;
  /** All devices of the target when the rollout was planned: what its percentages are of. */
  readonly candidates: readonly CohortCandidate[];
  readonly waves: readonly Wave[];
  /** The wave that is out, or the first one. */
  readonly waveIndex: number;
  readonly members: readonly Member[];
  readonly createdMs: number;
  readonly createdBy: string;
  /** Null if it needs none; nothing begins before it is given. */
  readonly approval: { readonly given: Decision | null } | null;
  /** Who holds it, while it is paused. */
  readonly paused: Decision | null;
  /** Who let it go on last; missing where nobody has. */
  readonly resumed?: Decision;
  readonly endedMs: number | null;
  /** When what it left lying in a slot is due: what was staged is dropped, what was switched from is called to mind. */
  readonly deadlineMs?: number;
  /** How long all devices are watched on after the last one is confirmed; not at all if it is left out. */
  readonly bakeSeconds?: number;
  /** Since when they are. */
  readonly bakingSinceMs?: number;
  /** What its devices were told when it was stopped or tripped; null if nothing. */
  readonly ending: RolloutEnding | null;
  /** Why it halted, is paused or waits for an approval, in words. */
  readonly detail: string;
  /** The checklist as it stood when it began; missing where none was asked for. */
  readonly checklist?: ChecklistStand;
  /** Who wrote its report last. */
  readonly reported?: { readonly by: string; readonly file: string; readonly atMs: number };
  /** What waves must show besides confirmations; missing where nothing was asked for. */
  readonly conditions?: WaveConditions;
  /** Of the newest wave that was analysed. */
  readonly analysis?: WaveAnalysis;
}

export interface WaveReport {
  readonly verdict: Verdict;
  /** In words: what the wave waits for, or why it ended. */
  readonly waitingFor: string;
}

/** Whether a rollout may still take steps, now or when somebody lets it. A halted one may not, ever. */
export function isOpen({ status }: Rollout): boolean {
  return status !== 'succeeded' && status !== 'halted' && status !== 'superseded';
}

/** Whether nothing about a rollout changes any more: it is over, and what became of its devices is known for good. */
export function isSettled(rollout: Rollout): boolean {
  return !isOpen(rollout) && rollout.members.every(({ final }) => final !== null);
}

/** Whether a rollout goes on, or will, without another deploy: its devices are not free for another one. */
export function isUnderWay(rollout: Rollout): boolean {
  return isOpen(rollout) && rollout.status !== 'waiting';
}

/** The generation with which a rollout began; null before it has. */
export function firstGeneration({ waves }: Rollout): Generation | null {
  return waves[0]?.generation ?? null;
}

/** The package that a rollout brings, live or staged; null for a rollback to whatever each device had before. */
export function packageOf(rollout: Rollout): PackageIdentity | null {
  if (!isBringing(rollout.instruction)) return null;
  const { digest, name, version } = rollout.instruction.package;
  return { digest, name, version };
}

/** Whether its waves go out in portions, each member being told by name. */
export function isPaced({ limits }: Rollout): boolean {
  return limits.maxUnavailable !== null || limits.ratePerMinute !== null;
}

/** The generation of what a member was told; null while it has been told nothing. */
export function memberGeneration(rollout: Rollout, member: Member): Generation | null {
  if (member.told !== null || isPaced(rollout)) return member.told?.generation ?? null;
  return rollout.waves[member.waveIndex]?.generation ?? null;
}

/** When a member was told; null while it has not been. */
export function memberToldMs(rollout: Rollout, member: Member): number | null {
  if (member.told !== null || isPaced(rollout)) return member.told?.atMs ?? null;
  return rollout.waves[member.waveIndex]?.startedMs ?? null;
}
