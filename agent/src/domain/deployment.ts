import {
  type Breach,
  type Digest,
  type ErrorCode,
  otherSlot,
  type PackageReference,
  type RevertCause,
} from '@liquid-lln/protocol';
import type { ShadowView } from './shadow.js';
import { type Assignment, installedIn, rollbackTarget, type StoreRecord, standbySlot } from './store-record.js';
import type { PackageDecision } from './trial-policy.js';
import type { UnitDecision } from './unit.js';

/** What the agent knows beside its record. */
export interface DeploymentView {
  /** How far the package that is being fetched has come. */
  readonly incoming: { readonly digest: Digest; readonly state: 'complete' | 'verified' } | null;
  /** The package that passed its check in a process of its own since the agent started. */
  readonly verified: Digest | null;
  /** The candidate that answers beside the live package; null without one. */
  readonly shadow: ShadowView | null;
  /** What the policy says about the live package; null if none is live. */
  readonly decision: PackageDecision | null;
  /** What the other devices of the gateway mean for this one. */
  readonly unit: UnitDecision;
  /** Whether somebody waits for a drill. */
  readonly isDrillWanted: boolean;
  /** What a deployment that has not gone live waits for before its next step; null for nothing. */
  readonly startWait: string | null;
}

/** One thing to do next. The executors have no choices left. */
export type Step =
  | { readonly kind: 'none' }
  | { readonly kind: 'fetch'; readonly package: PackageReference; readonly batchSize: number }
  /** Checks the fetched file, or the standby slot's, in a process of its own. */
  | { readonly kind: 'verify'; readonly source: 'incoming' | 'standby'; readonly package: PackageReference }
  /** Moves the fetched and verified file into the standby slot. */
  | { readonly kind: 'stage'; readonly package: PackageReference }
  /** Lets the standby slot's package answer beside the live one. */
  | { readonly kind: 'start-shadow' }
  | { readonly kind: 'end-shadow' }
  /** Makes the standby slot live, on trial. */
  | { readonly kind: 'swap' }
  | { readonly kind: 'confirm'; readonly evidence: number; readonly soakedSeconds: number }
  | RevertStep
  /** Serves the package that a decided return leads to, and reports it. */
  | { readonly kind: 'complete-revert' }
  /** Makes the standby slot live, only to see whether the way back works. */
  | { readonly kind: 'start-drill' }
  /** Gives the standby slot back what it held before a drill. */
  | { readonly kind: 'end-drill' }
  /** Gives up what is staged but not live. */
  | { readonly kind: 'unstage' }
  /** Empties the standby slot, whatever it holds. */
  | { readonly kind: 'free'; readonly reason: string }
  | { readonly kind: 'settle'; readonly result: SettledResult; readonly detail: string }
  | { readonly kind: 'refuse'; readonly code: ErrorCode; readonly detail: string };

/** How an instruction ends that asks for nothing more. */
export type SettledResult = 'confirmed' | 'held' | 'rolled-back' | 'staged' | 'freed';

interface RevertStep {
  readonly kind: 'revert';
  readonly cause: RevertCause;
  readonly breach: Breach | null;
  readonly detail: string;
  readonly isQuarantined: boolean;
}

/** The next step towards what the assignment asks for. Pure: the same facts always give the same step. */
export function planNextStep(record: StoreRecord, view: DeploymentView): Step {
  if (record.revert !== null) return { kind: 'complete-revert' };
  if (record.drill !== null) return planDrill(record, view);
  const watched = planWatch(record, view);
  if (watched.kind === 'revert') return watched;
  if (view.shadow !== null && !isShadowWanted(record, view.shadow)) return { kind: 'end-shadow' };
  const { assignment } = record;
  if (assignment === null || assignment.isDone)
    return watched.kind === 'none' && view.isDrillWanted ? { kind: 'start-drill' } : watched;
  const { instruction } = assignment;
  switch (instruction.kind) {
    case 'deploy':
      return planDeploy(record, instruction, view, watched);
    case 'stage':
      return planStage(record, instruction, view, watched);
    case 'rollback':
      return planRollback(record, instruction);
    case 'free':
      return planFree(record, instruction);
    case 'hold':
      return planHold(record, instruction.reason);
    case 'none':
      return watched;
  }
}

/** What the policy asks for, with a way back only where there is one. */
function planWatch(record: StoreRecord, { decision, unit }: DeploymentView): Step {
  const hasWayBack = record.trial !== null || rollbackTarget(record) !== null;
  if (unit.kind === 'leave' && isWantedLive(record) && hasWayBack) {
    const detail = `${unit.because}, which was to confirm together with it, does not have the package`;
    return { kind: 'revert', cause: 'unit', breach: null, detail, isQuarantined: false };
  }
  if (decision === null || decision.kind === 'keep') return { kind: 'none' };
  if (decision.kind === 'confirm')
    return record.trial === null ? { kind: 'none' } : planConfirm(record, decision, unit);
  if (!hasWayBack) return { kind: 'none' };
  const { cause, breach, detail } = decision;
  return { kind: 'revert', cause, breach, detail, isQuarantined: cause === 'policy' || cause === 'crash' };
}

/** A drill ends as any trial that nobody confirms, at once if there is something to do; then its slot is put in order. */
function planDrill(record: StoreRecord, view: DeploymentView): Step {
  if (record.trial === null) return { kind: 'end-drill' };
  if (record.assignment?.isDone === false) return revertFor('a newer instruction ends the drill', false);
  const watched = planWatch(record, view);
  return watched.kind === 'revert' ? watched : { kind: 'none' };
}

/** Whether what the newest instruction deploys is live. */
function isWantedLive(record: StoreRecord): boolean {
  const instruction = record.assignment?.instruction;
  const live = installedIn(record, record.live);
  return instruction?.kind === 'deploy' && live !== null && live.package.digest === instruction.package.digest;
}

/** A trial that is ready waits for the others of its unit as long as a trial may last. */
function planConfirm(
  record: StoreRecord,
  { evidence, soakedSeconds }: Extract<PackageDecision, { kind: 'confirm' }>,
  unit: UnitDecision,
): Step {
  if (unit.kind !== 'wait') return { kind: 'confirm', evidence, soakedSeconds };
  const trialSecondsMax = installedIn(record, record.live)?.policy.trialSecondsMax ?? 0;
  if (soakedSeconds < trialSecondsMax) return { kind: 'none' };
  const detail = `not confirmed within ${trialSecondsMax} s: still waiting for ${unit.waitingFor.join(', ')}`;
  return { kind: 'revert', cause: 'deadline', breach: null, detail, isQuarantined: false };
}

type Deploy = Extract<Assignment['instruction'], { kind: 'deploy' }>;

function planDeploy(record: StoreRecord, deploy: Deploy, view: DeploymentView, watched: Step): Step {
  const { digest } = deploy.package;
  const live = installedIn(record, record.live);
  if (live?.package.digest === digest) {
    return record.trial === null ? { kind: 'settle', result: 'confirmed', detail: 'runs already' } : watched;
  }
  if (record.trial !== null) return revertFor('a newer instruction deploys another package', false);
  if (view.unit.kind === 'leave') {
    return { kind: 'refuse', code: 'UNIT_FAILED', detail: `${view.unit.because} does not have the package` };
  }
  if (record.quarantined.includes(digest) && deploy.override === null) {
    return { kind: 'refuse', code: 'PACKAGE_QUARANTINED', detail: 'the package was rolled back on this device before' };
  }
  const elsewhere = describeElsewhere(record, deploy);
  if (elsewhere !== null) return { kind: 'refuse', code: 'SLOT_NOT_STAGED', detail: elsewhere };
  if (view.startWait !== null) return { kind: 'none' };
  if (!isOnStandby(record, digest)) return planTransfer(deploy, view);
  if (view.verified !== digest) return { kind: 'verify', source: 'standby', package: deploy.package };
  return planShadow(deploy, record, view.shadow) ?? { kind: 'swap' };
}

function isOnStandby(record: StoreRecord, digest: Digest): boolean {
  return installedIn(record, standbySlot(record))?.package.digest === digest;
}

/** Brings a package into the standby slot: fetched, checked in a process of its own, moved. */
function planTransfer({ package: wanted, batchSize }: Deploy | Stage, { incoming }: DeploymentView): Step {
  if (incoming?.digest !== wanted.digest) return { kind: 'fetch', package: wanted, batchSize };
  return incoming.state === 'verified'
    ? { kind: 'stage', package: wanted }
    : { kind: 'verify', source: 'incoming', package: wanted };
}

/**
 * Why a package that was to be staged in a certain slot cannot be taken from there; null if it can, or if that was not
 * asked for. A device that serves nothing has nothing to switch from, and takes the package as any other.
 */
function describeElsewhere(record: StoreRecord, { stagedIn, package: wanted }: Deploy): string | null {
  if (stagedIn === undefined || record.live === null) return null;
  if (standbySlot(record) !== stagedIn) return `${stagedIn} is the slot that serves`;
  return isOnStandby(record, wanted.digest) ? null : `${stagedIn} does not hold ${wanted.name}@${wanted.version}`;
}

type Stage = Extract<Assignment['instruction'], { kind: 'stage' }>;

/**
 * Brings a package into the named slot and leaves it there. What is on trial keeps its way back: the package waits for
 * the trial's end.
 */
function planStage(record: StoreRecord, stage: Stage, view: DeploymentView, watched: Step): Step {
  const { package: wanted, slot } = stage;
  if (record.trial !== null) return watched;
  if (installedIn(record, record.live)?.package.digest === wanted.digest)
    return { kind: 'refuse', code: 'SLOT_LIVE', detail: `${wanted.name}@${wanted.version} serves already` };
  if (standbySlot(record) !== slot)
    return { kind: 'refuse', code: 'SLOT_LIVE', detail: `${slot} is the slot that serves` };
  if (record.quarantined.includes(wanted.digest) && stage.override === null)
    return { kind: 'refuse', code: 'PACKAGE_QUARANTINED', detail: 'the package was rolled back on this device before' };
  if (!isOnStandby(record, wanted.digest)) return planTransfer(stage, view);
  if (view.verified !== wanted.digest) return { kind: 'verify', source: 'standby', package: wanted };
  return { kind: 'settle', result: 'staged', detail: `verified in ${slot}` };
}

type Free = Extract<Assignment['instruction'], { kind: 'free' }>;

/** Empties the named slot, unless it serves or is what a trial would return to. */
function planFree(record: StoreRecord, { slot, digest, reason }: Free): Step {
  const content = record.slots[slot];
  const isMeant = content.state !== 'empty' && (digest === null || content.package.digest === digest);
  if (!isMeant) return { kind: 'settle', result: 'freed', detail: `${slot} holds nothing that was to go` };
  if (record.live === slot) return { kind: 'refuse', code: 'SLOT_LIVE', detail: `${slot} is the slot that serves` };
  if (record.trial !== null)
    return { kind: 'refuse', code: 'SLOT_NEEDED', detail: `${otherSlot(slot)} is on trial: ${slot} is its way back` };
  return { kind: 'free', reason };
}

/** What has to be seen of a candidate before its trial; null for nothing. Of an isolated device nobody asks anything. */
function planShadow({ policy }: Deploy, record: StoreRecord, shadow: ShadowView | null): Step | null {
  if (policy.shadowSeconds === 0 || installedIn(record, record.live) === null) return null;
  if (shadow?.decision.kind === 'fail')
    return { kind: 'refuse', code: 'SHADOW_FAILED', detail: shadow.decision.detail };
  if (record.isolation?.isolated === true) return null;
  if (shadow === null) return { kind: 'start-shadow' };
  return shadow.decision.kind === 'watch' ? { kind: 'none' } : null;
}

/** Whether the candidate is still the package that the newest instruction deploys, in the standby slot. */
function isShadowWanted(record: StoreRecord, { digest }: ShadowView): boolean {
  const { assignment } = record;
  if (assignment === null || assignment.isDone || assignment.instruction.kind !== 'deploy') return false;
  if (assignment.instruction.package.digest !== digest) return false;
  return installedIn(record, standbySlot(record))?.package.digest === digest;
}

type Rollback = Extract<Assignment['instruction'], { kind: 'rollback' }>;

/** Leaves a package that the instruction names for the one before, at once. */
function planRollback(record: StoreRecord, { from, reason }: Rollback): Step {
  const live = installedIn(record, record.live);
  const isMeant = live !== null && (from === null || from.includes(live.package.digest));
  if (!isMeant) {
    return live === null && from === null
      ? { kind: 'refuse', code: 'NOTHING_TO_ROLL_BACK_TO', detail: 'no package is live' }
      : { kind: 'settle', result: 'rolled-back', detail: 'none of the packages to leave is live' };
  }
  const target = installedIn(record, rollbackTarget(record))?.package.digest;
  const isWayBack = target !== undefined && from?.includes(target) !== true;
  // A trial is left even where there is nothing before it: it was never promised.
  if (!isWayBack && record.trial === null) {
    return { kind: 'refuse', code: 'NOTHING_TO_ROLL_BACK_TO', detail: 'the other slot holds no package to return to' };
  }
  return revertFor(reason, true);
}

/** Gives up whatever is not confirmed. */
function planHold(record: StoreRecord, reason: string): Step {
  if (record.trial !== null) return revertFor(reason, false);
  if (record.slots[standbySlot(record)].state === 'staged') return { kind: 'unstage' };
  return { kind: 'settle', result: 'held', detail: reason };
}

function revertFor(detail: string, isQuarantined: boolean): RevertStep {
  return { kind: 'revert', cause: 'instruction', breach: null, detail, isQuarantined };
}
