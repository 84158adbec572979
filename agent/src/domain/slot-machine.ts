import {
  type Breach,
  type Digest,
  type ErrorCode,
  type EventBody,
  type IsolationDocument,
  isBringing,
  limits,
  type Outcome,
  otherSlot,
  type PackageIdentity,
  type Policy,
  type RevertCause,
  type SlotName,
} from '@liquid-lln/protocol';
import type { Baseline } from './baseline.js';
import { decideBoot, type FoundPackages, isIntact } from './boot-table.js';
import { countStart, forgetCrashes, isCrashLoop, noteStop } from './crash-count.js';
import type { SettledResult } from './deployment.js';
import { endDrill, startDrill } from './drill.js';
import { takeIsolation } from './isolation.js';
import { clip, postEvent } from './post-event.js';
import { completeStaging, freeStandby, giveUpStaged, loseStandby, placePackage } from './standby-slot.js';
import {
  type Assignment,
  installedIn,
  type PendingRevert,
  rollbackTarget,
  type SlotContent,
  type StoreRecord,
  standbySlot,
} from './store-record.js';

/** Everything that may happen to a device's slots. */
export type SlotEvent =
  /** The agent starts; `found` is what the slot files really hold. */
  | {
      readonly kind: 'booted';
      readonly found: FoundPackages;
      readonly agentVersion: string;
      readonly recovered: string;
      /** Of the machine; null if crashes of this device are not the agent's. */
      readonly machineBootId: string | null;
    }
  /** The agent has run for a minute since its start. */
  | { readonly kind: 'survived' }
  /** The agent stops because it was told to. */
  | { readonly kind: 'stopped' }
  /** A newer instruction is taken up. */
  | { readonly kind: 'accepted'; readonly assignment: Omit<Assignment, 'isDone'> }
  | { readonly kind: 'refused'; readonly code: ErrorCode; readonly detail: string }
  /** The instruction asks for what is so already. */
  | { readonly kind: 'settled'; readonly result: SettledResult; readonly detail: string }
  /** The standby slot's file is about to be replaced by a verified package. */
  | { readonly kind: 'placing'; readonly package: PackageIdentity; readonly bytes: number; readonly policy: Policy }
  | { readonly kind: 'staged'; readonly bytesWritten: number }
  /** The standby slot goes live on trial. */
  | { readonly kind: 'trial-started'; readonly policy: Policy; readonly baseline: Baseline | null }
  | { readonly kind: 'confirmed'; readonly evidence: number; readonly soakedSeconds: number }
  /** The live package is left for the other slot's. */
  | {
      readonly kind: 'revert-decided';
      readonly cause: RevertCause;
      readonly breach: Breach | null;
      readonly detail: string;
      readonly isQuarantined: boolean;
    }
  /** The other package serves. */
  | {
      readonly kind: 'revert-completed';
      readonly tripToServingMs: number;
      readonly requestsServed: number;
      readonly requestsFailed: number;
    }
  /** The standby slot goes live on trial, only to see whether the way back works. */
  | { readonly kind: 'drill-started'; readonly policy: Policy }
  /** The drill's slot is as it was before; not so if its package was lost. */
  | { readonly kind: 'drill-ended'; readonly isRestored: boolean }
  /** A staged package is given up before it went live. */
  | { readonly kind: 'unstaged' }
  /** The standby slot is emptied because an instruction asks for it. */
  | { readonly kind: 'freed'; readonly reason: string }
  /** The standby slot's package turned out to be damaged. */
  | { readonly kind: 'standby-lost'; readonly detail: string }
  /** The coordinator says whether the device answers clients. */
  | { readonly kind: 'isolation-told'; readonly told: IsolationDocument }
  /** Something for the history that changes no slot. */
  | { readonly kind: 'noted'; readonly body: EventBody };

/** What the shell does after the new record is on the disk. */
export type SlotEffect = { readonly kind: 'remove-slot-file'; readonly slot: SlotName };

export interface SlotTransition {
  readonly record: StoreRecord;
  readonly effects: readonly SlotEffect[];
}

/**
 * The slot machine: what an event makes of the record. The caller writes the record durably before anything else.
 * An event that makes no sense in the present state changes nothing.
 */
export function transition(record: StoreRecord, event: SlotEvent, nowMs: number): SlotTransition {
  switch (event.kind) {
    case 'booted':
      return boot(record, event, nowMs);
    case 'survived':
      return keepFiles(forgetCrashes(record));
    case 'stopped':
      return keepFiles(noteStop(record));
    case 'accepted':
      return keepFiles(accept(record, event.assignment));
    case 'refused':
      return keepFiles(refuse(record, event, nowMs));
    case 'settled':
      return keepFiles(settle(record, event.result, '', event.detail, nowMs));
    case 'placing':
      return keepFiles(placePackage(record, event, nowMs));
    case 'staged':
      return keepFiles(completeStaging(record, event.bytesWritten, nowMs));
    case 'trial-started':
      return keepFiles(startTrial(record, event, nowMs));
    case 'confirmed':
      return keepFiles(confirm(record, event, nowMs));
    case 'revert-decided':
      return decideRevert(record, event, nowMs);
    case 'revert-completed':
      return keepFiles(completeRevert(record, event, nowMs));
    case 'drill-started':
      return keepFiles(startDrill(record, event.policy, nowMs));
    case 'drill-ended':
      return keepFiles(endDrill(record, event.isRestored, nowMs));
    case 'unstaged':
      return emptied(record, giveUpStaged(record));
    case 'freed':
      return emptied(record, freeStandby(record, event.reason, nowMs));
    case 'standby-lost':
      return keepFiles(loseStandby(record, event.detail, nowMs));
    case 'isolation-told':
      return keepFiles(takeIsolation(record, event.told, nowMs));
    case 'noted':
      return keepFiles(postEvent(record, event.body, nowMs));
    default:
      return event satisfies never;
  }
}

function keepFiles(record: StoreRecord): SlotTransition {
  return { record, effects: [] };
}

/** The standby slot's file goes with what the slot held. */
function emptied(before: StoreRecord, record: StoreRecord): SlotTransition {
  const effects: SlotEffect[] = record === before ? [] : [{ kind: 'remove-slot-file', slot: standbySlot(before) }];
  return { record, effects };
}

function boot(before: StoreRecord, event: Extract<SlotEvent, { kind: 'booted' }>, nowMs: number): SlotTransition {
  const counted = countStart({ ...before, boots: before.boots + 1 }, event.machineBootId);
  const { hasCrashed } = counted;
  const { crashesInRow } = counted.record;
  const notes = [event.recovered, hasCrashed ? `after a crash, ${crashesInRow} in a row` : ''];
  const recovered = notes.filter((note) => note !== '').join('; ');
  const started: EventBody = { kind: 'started', agentVersion: event.agentVersion, recovered: clip(recovered) };
  const record = postEvent(settlePlacing(counted.record, event.found), started, nowMs);
  const left = (cause: RevertCause, detail: string, isQuarantined: boolean) =>
    decideRevert(record, { kind: 'revert-decided', cause, breach: null, detail, isQuarantined }, nowMs);
  switch (decideBoot(record, event.found)) {
    case 'keep':
      return keepFiles(record);
    case 'none':
      return keepFiles(loseLive(record, describeLoss(record), nowMs));
    case 'revert':
    case 'abandon':
      return hasCrashed
        ? left('crash', 'the agent crashed during the trial', true)
        : left('restart', 'the agent stopped during the trial', false);
    case 'fall-back':
      return left('crash', describeLoss(record), isCrashLoop(record));
  }
}

function describeLoss(record: StoreRecord): string {
  return isCrashLoop(record)
    ? `the agent crashed ${record.crashesInRow} times in a row`
    : 'the package on the disk is missing or damaged';
}

/** A package that was being moved into its slot when the agent stopped: it is there whole, or it is not there. */
function settlePlacing(record: StoreRecord, found: FoundPackages): StoreRecord {
  const slots = { ...record.slots };
  for (const slot of ['blue', 'green'] as const) {
    const content = slots[slot];
    const isPresent = isIntact(content, found[slot]);
    if (content.state === 'receiving') slots[slot] = isPresent ? { ...content, state: 'staged' } : { state: 'empty' };
    if (slot !== record.live && !isPresent && (content.state === 'staged' || content.state === 'confirmed'))
      slots[slot] = { state: 'failed', package: content.package, failure: 'the file is missing or damaged' };
  }
  return { ...record, slots };
}

/** The live package cannot be served and nothing can take its place. */
function loseLive(record: StoreRecord, failure: string, nowMs: number): StoreRecord {
  const live = installedIn(record, record.live);
  if (record.live === null || live === null) return record;
  const lost: SlotContent = { state: 'failed', package: live.package, failure };
  const detail = `${live.package.name}@${live.package.version}: ${failure}`;
  const kind = isCrashLoop(record) ? 'crash-loop' : 'store-corrupt';
  const slots = { ...record.slots, [record.live]: lost };
  return postEvent(forgetCrashes({ ...record, live: null, trial: null, slots }), { kind, detail }, nowMs);
}

/** Each generation is taken up at most once, and never after a newer one. */
function accept(record: StoreRecord, assignment: Omit<Assignment, 'isDone'>): StoreRecord {
  if (assignment.generation <= record.generation) return record;
  const { instruction, generation, rolloutId } = assignment;
  const wanted = isBringing(instruction) ? instruction.package.digest : null;
  const isSameTrial =
    instruction.kind === 'deploy' &&
    record.trial !== null &&
    record.drill === null &&
    installedIn(record, record.live)?.package.digest === wanted;
  const isReleased = isBringing(instruction) && instruction.override !== null;
  return {
    ...record,
    generation,
    assignment: { ...assignment, isDone: instruction.kind === 'none' },
    trial: isSameTrial ? { generation, rolloutId } : record.trial,
    quarantined: isReleased ? record.quarantined.filter((digest) => digest !== wanted) : record.quarantined,
    outcome: null,
  };
}

function refuse(
  record: StoreRecord,
  { code, detail }: Extract<SlotEvent, { kind: 'refused' }>,
  nowMs: number,
): StoreRecord {
  const { assignment } = record;
  if (assignment === null || assignment.isDone) return record;
  const body: EventBody = {
    kind: 'refused',
    generation: assignment.generation,
    rolloutId: assignment.rolloutId,
    package: wantedPackage(assignment),
    code,
    detail: clip(detail),
  };
  return postEvent(settle(record, 'refused', code, detail, nowMs), body, nowMs);
}

/** The assignment has come to its outcome. */
function settle(
  record: StoreRecord,
  result: Outcome['result'],
  code: string,
  detail: string,
  nowMs: number,
): StoreRecord {
  const { assignment } = record;
  if (assignment === null || assignment.isDone) return record;
  const digest = wantedPackage(assignment)?.digest ?? null;
  const { generation } = assignment;
  const outcome: Outcome = { generation, digest, result, code, detail: clip(detail), atMs: nowMs };
  return { ...record, assignment: { ...assignment, isDone: true }, outcome };
}

function startTrial(
  record: StoreRecord,
  { policy, baseline }: Extract<SlotEvent, { kind: 'trial-started' }>,
  nowMs: number,
): StoreRecord {
  const slot = standbySlot(record);
  const content = installedIn(record, slot);
  const { assignment } = record;
  if (content === null || assignment === null || record.trial !== null) return record;
  if (record.revert !== null || record.drill !== null) return record;
  const { generation, rolloutId } = assignment;
  const measured =
    baseline === null
      ? { baselineLatencyUs: null }
      : { baselineLatencyUs: baseline.latencyUs, baselineBands: [...baseline.bands] };
  const trial: SlotContent = { ...content, ...measured, state: 'trial', policy, sinceMs: nowMs };
  const previous = installedIn(record, record.live)?.package ?? null;
  const body: EventBody = { kind: 'trial-started', package: content.package, slot, generation, rolloutId, previous };
  const slots = { ...record.slots, [slot]: trial };
  return postEvent({ ...record, live: slot, trial: { generation, rolloutId }, slots }, body, nowMs);
}

function confirm(
  record: StoreRecord,
  { evidence, soakedSeconds }: Extract<SlotEvent, { kind: 'confirmed' }>,
  nowMs: number,
): StoreRecord {
  const content = installedIn(record, record.live);
  if (record.live === null || record.trial === null || content === null || record.drill !== null) return record;
  const confirmed: SlotContent = { ...content, state: 'confirmed' };
  const body: EventBody = {
    kind: 'confirmed',
    package: content.package,
    slot: record.live,
    ...record.trial,
    evidence,
    soakedSeconds,
  };
  const settled = settleTrial(record, 'confirmed', '', `${evidence} clean inferences`, nowMs);
  return postEvent({ ...settled, trial: null, slots: { ...record.slots, [record.live]: confirmed } }, body, nowMs);
}

/** The outcome of the trial: also of the assignment, if the trial is its own. */
function settleTrial(
  record: StoreRecord,
  result: Outcome['result'],
  code: string,
  detail: string,
  nowMs: number,
): StoreRecord {
  const isOwn = record.trial === null || record.trial.generation === record.assignment?.generation;
  if (isOwn) return settle(record, result, code, detail, nowMs);
  // A newer instruction let the trial go on or ends it, and has its own outcome, or will have one; `none` has none.
  const digest = installedIn(record, record.live)?.package.digest ?? null;
  const generation = record.trial?.generation ?? record.generation;
  const isNewerKnown = record.assignment?.isDone === false || (record.outcome?.generation ?? 0) > generation;
  return isNewerKnown
    ? record
    : { ...record, outcome: { generation, digest, result, code, detail: clip(detail), atMs: nowMs } };
}

function decideRevert(
  record: StoreRecord,
  event: Extract<SlotEvent, { kind: 'revert-decided' }>,
  nowMs: number,
): SlotTransition {
  const left = record.live;
  const content = installedIn(record, left);
  if (left === null || content === null || record.revert !== null) return keepFiles(record);
  const target = rollbackTarget(record);
  if (record.trial === null && target === null) return keepFiles(record);
  const to = installedIn(record, target)?.package ?? null;
  // What served well before its drill is no worse for it.
  const isQuarantined = event.isQuarantined && record.drill === null;
  const revert = describeRevert(record, event, { slot: left, package: content.package, to }, nowMs);
  const failed: SlotContent = { state: 'failed', package: content.package, failure: clip(event.detail) };
  const settled = settleRevert(record, event, nowMs);
  return {
    record: {
      ...forgetCrashes(settled),
      live: target,
      trial: null,
      revert,
      slots: { ...settled.slots, [left]: failed },
      quarantined: isQuarantined ? quarantine(record.quarantined, content.package.digest) : record.quarantined,
    },
    effects: [{ kind: 'remove-slot-file', slot: left }],
  };
}

function settleRevert(
  record: StoreRecord,
  { cause, breach, detail }: Extract<SlotEvent, { kind: 'revert-decided' }>,
  nowMs: number,
): StoreRecord {
  const { assignment } = record;
  if (record.drill !== null) return record;
  // An instruction that asked for the return has its own outcome, unless it deploys something else next.
  if (cause === 'instruction') {
    const kind = assignment?.instruction.kind;
    if (kind === 'rollback') return settle(record, 'rolled-back', '', detail, nowMs);
    return kind === 'hold' ? settle(record, 'held', '', detail, nowMs) : record;
  }
  const code = breach?.metric ?? cause;
  if (record.trial !== null) return settleTrial(record, 'reverted', code, detail, nowMs);
  const digest = installedIn(record, record.live)?.package.digest ?? null;
  if (assignment?.isDone === false) return record;
  const { generation } = record;
  return { ...record, outcome: { generation, digest, result: 'reverted', code, detail: clip(detail), atMs: nowMs } };
}

function describeRevert(
  record: StoreRecord,
  { cause, breach, detail }: Extract<SlotEvent, { kind: 'revert-decided' }>,
  from: Pick<PendingRevert, 'slot' | 'package' | 'to'>,
  nowMs: number,
): PendingRevert {
  const { generation, rolloutId } = record.trial ??
    record.assignment ?? { generation: record.generation, rolloutId: null };
  const why = record.drill === null ? cause : 'drill';
  return { ...from, generation, rolloutId, cause: why, breach, detail: clip(detail), decidedAtMs: nowMs };
}

function completeRevert(
  record: StoreRecord,
  { tripToServingMs, requestsServed, requestsFailed }: Extract<SlotEvent, { kind: 'revert-completed' }>,
  nowMs: number,
): StoreRecord {
  if (record.revert === null) return record;
  const { decidedAtMs: _, ...revert } = record.revert;
  const figures = { tripToServingMs, requestsServed, requestsFailed };
  return postEvent({ ...record, revert: null }, { kind: 'reverted', ...revert, ...figures }, nowMs);
}

function quarantine(quarantined: readonly Digest[], digest: Digest): Digest[] {
  return [...quarantined.filter((other) => other !== digest), digest].slice(-limits.quarantineMax);
}

function wantedPackage({ instruction }: Assignment): PackageIdentity | null {
  if (!isBringing(instruction)) return null;
  const { digest, name, version } = instruction.package;
  return { digest, name, version };
}

/** The slot that the running trial would return to; null without a trial or without a way back. */
export function returnSlot(record: StoreRecord): SlotName | null {
  return record.trial === null || record.live === null || rollbackTarget(record) === null
    ? null
    : otherSlot(record.live);
}
