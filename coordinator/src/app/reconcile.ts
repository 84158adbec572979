import {
  type DeviceId,
  type Generation,
  generationSchema,
  parseWith,
  type RolloutId,
  shortDigest,
} from '@liquid-lln/protocol';
import { type DesiredState, desiredStateKey, documentsOfSteps, releaseDocument } from '../domain/desired-state.js';
import { desireOf, hasGivenUp } from '../domain/device-desire.js';
import type { FleetView } from '../domain/fleet-view.js';
import type { PlanTime } from '../domain/member-observation.js';
import { isToRelease, mayJoin, whyPassedOver } from '../domain/passing-over.js';
import { openTail, traceLook } from '../domain/replay/rollout-trace.js';
import { isOpen, type Rollout } from '../domain/rollout.js';
import { findPaceViolations, findTransitionViolations, findViolations } from '../domain/rollout-invariants.js';
import { applySteps, haltRollout } from '../domain/rollout-machine.js';
import { planRollout, type RolloutStep } from '../domain/rollout-planner.js';
import { expireStaging } from '../domain/slot-deadline.js';
import type { FleetChange } from '../ports/fleet-store.js';
import { type FleetState, needsIn } from './fleet-state.js';

/** What one look at the fleet leads to; empty if everything waits for devices. */
export interface Reconciliation {
  readonly changes: readonly FleetChange[];
  readonly documents: readonly DesiredState[];
  /** Whether devices are taken back: that does not wait for room on the disk. */
  readonly isUrgent: boolean;
}

/** What one rollout does, and the generation that is the last one then. */
interface Move extends Reconciliation {
  readonly generation: Generation;
  /** As it is then. */
  readonly rollout: Rollout;
}

/** The coordinator itself, in the audit log. */
export const coordinatorActor = 'coordinator';

/** Plans every rollout that is still observed, then releases devices from packages that they gave up. */
export function reconcile(state: FleetState, fleet: FleetView, time: PlanTime): Reconciliation {
  const changes: FleetChange[] = [];
  const documents: DesiredState[] = [];
  const moved = new Set<RolloutId>();
  let isUrgent = false;
  let { generation } = state;
  for (const rollout of state.rollouts.values()) {
    const result = moveRollout(state, rollout, fleet, time, generation);
    changes.push(...traceOf(state.traces, { before: rollout, move: result, parent: generation }, fleet, time));
    if (result === null) continue;
    moved.add(rollout.rolloutId);
    isUrgent ||= result.isUrgent;
    changes.push(...result.changes);
    documents.push(...result.documents);
    generation = result.generation;
  }
  for (const rollout of state.rollouts.values()) {
    const next = nextGeneration(generation);
    const expiry = expireStaging(rollout, state.rollouts.values(), fleet, { generation: next, nowMs: time.nowMs });
    // What has just moved is looked at again in the next round.
    if (expiry === null || moved.has(rollout.rolloutId)) continue;
    changes.push(
      { kind: 'put-rollout', rollout: expiry.rollout },
      auditEntry('staging-dropped', rollout.rolloutId, expiry.reason, time.nowMs),
    );
    documents.push(...expiry.documents);
    if (expiry.documents.length > 0) generation = next;
  }
  const released = releaseDevices(state, documents, fleet, generation, time.nowMs);
  // Before the waves: who is kept from one hears of it first.
  documents.unshift(...released.documents);
  changes.push(...released.changes);
  if (released.documents.length > 0) generation = nextGeneration(generation);
  if (generation !== state.generation) changes.push(...storeDocuments(documents, generation));
  return { changes, documents, isUrgent };
}

export function nextGeneration(generation: Generation): Generation {
  return parseWith(generationSchema, generation + 1, 'generation');
}

/** Documents and the generation that they have used up, as one change. */
export function storeDocuments(documents: readonly DesiredState[], generation: Generation): FleetChange[] {
  return [
    { kind: 'put-generation', generation },
    ...documents.map((document) => ({ kind: 'put-document' as const, state: document })),
  ];
}

function moveRollout(
  state: FleetState,
  rollout: Rollout,
  fleet: FleetView,
  time: PlanTime,
  parent: Generation,
): Move | null {
  if (rollout.members.every((member) => member.final !== null)) return null;
  const { documents: inForce } = state;
  const needsOf = needsIn(state);
  const { steps } = planRollout(rollout, fleet, time, (device) => mayJoin(rollout, device, inForce, needsOf));
  if (steps.length === 0) return null;
  const next = nextGeneration(parent);
  const after = applySteps(rollout, steps, { generation: next, fleet, time });
  const violations = [
    ...findViolations(after),
    ...findTransitionViolations(rollout, after),
    ...findPaceViolations(rollout, after, fleet, time.nowMs),
  ];
  if (violations.length > 0) return haltBroken(rollout, violations, time, parent);
  const documents = documentsOfSteps(rollout, steps, { next, parent }, fleet);
  // A wave that no device enters publishes nothing, and yet has a generation of its own.
  const hasGeneration = steps.some(({ kind }) => kind === 'start-wave' || kind === 'roll-back-cohort');
  const isUsed = hasGeneration || documents.length > 0;
  return {
    changes: [{ kind: 'put-rollout', rollout: after }, ...steps.map((step) => auditStep(rollout, step, time.nowMs))],
    documents,
    generation: isUsed ? next : parent,
    rollout: after,
    isUrgent: rollout.kind === 'rollback' || steps.some(({ kind }) => kind === 'halt' || kind === 'roll-back-cohort'),
  };
}

/** What was looked at, so that the look can be taken again. */
function traceOf(
  traces: FleetState['traces'],
  { before, move, parent }: { readonly before: Rollout; readonly move: Move | null; readonly parent: Generation },
  fleet: FleetView,
  time: PlanTime,
): FleetChange[] {
  const { rolloutId } = before;
  const generation = move === null ? null : nextGeneration(parent);
  const lookedAt = { before, after: move?.rollout ?? before, generation };
  const addition = traceLook(traces.get(rolloutId) ?? openTail(0), lookedAt, fleet, time);
  return addition === null ? [] : [{ kind: 'add-trace', rolloutId, addition }];
}

/** A plan that breaks a promise is not carried out. The rollout stops where it is, and says so. */
function haltBroken(
  rollout: Rollout,
  violations: readonly string[],
  time: PlanTime,
  generation: Generation,
): Move | null {
  if (!isOpen(rollout)) return null;
  const detail = `the plan was refused: ${violations.join('; ')}`;
  const halted = haltRollout(rollout, detail, time.nowMs);
  return {
    changes: [
      { kind: 'put-rollout', rollout: halted },
      auditEntry('rollout-halted', rollout.rolloutId, detail, time.nowMs),
    ],
    documents: [],
    generation,
    rollout: halted,
    isUrgent: true,
  };
}

/** Devices that left a package by themselves, or cannot run it: what is wanted of them changes to what they have. */
function releaseDevices(
  state: FleetState,
  planned: readonly DesiredState[],
  fleet: FleetView,
  generation: Generation,
  nowMs: number,
): Omit<Reconciliation, 'isUrgent'> {
  const documents = planned.length === 0 ? state.documents : new Map(state.documents);
  if (documents !== state.documents) for (const each of planned) documents.set(desiredStateKey(each), each);
  const next = nextGeneration(generation);
  const needsOf = needsIn(state);
  const devices = [...fleet.values()];
  const passedOver = devices.filter((device) => isToRelease(device, documents, state.rollouts, needsOf));
  // What is wanted of a device takes a hash; of nearly all it need not be asked.
  const leaving = devices
    .filter(({ reported }) => reported.outcome?.result === 'reverted' || reported.outcome?.result === 'refused')
    .filter((device) => hasGivenUp(device, desireOf(device, documents)));
  return {
    documents: [...new Set([...leaving, ...passedOver])].map((device) => {
      const rolloutId = desireOf(device, documents)?.rolloutId ?? null;
      return releaseDocument(device.deviceId, device.admission, next, rolloutId);
    }),
    changes: passedOver.map((device) => {
      const why = whyPassedOver(device, documents, needsOf) ?? '';
      return auditPassedOver(device.deviceId, why, nowMs);
    }),
  };
}

function auditStep(rollout: Rollout, step: RolloutStep, atMs: number): FleetChange {
  const entry = (action: string, detail: string) => auditEntry(action, rollout.rolloutId, detail, atMs);
  switch (step.kind) {
    case 'record-failure': {
      const { outcome, progress } = step.failure;
      const digest = outcome.digest === null ? 'the package' : shortDigest(outcome.digest);
      return entry(`device-${progress}`, `${step.deviceId} ${progress} ${digest}: ${outcome.code}, ${outcome.detail}`);
    }
    case 'admit':
      return entry('devices-joined', step.deviceIds.join(', ').slice(0, 4_000));
    case 'start-wave':
      return entry('wave-started', describeWave(rollout, step.waveIndex));
    case 'tell':
      return entry('devices-told', `wave ${step.waveIndex + 1}: ${step.deviceIds.join(', ') || 'nobody new'}`);
    case 'pass-wave':
      return entry('wave-passed', describeWave(rollout, step.waveIndex));
    case 'start-bake':
      return entry('bake-started', `${rollout.members.length} devices of ${rollout.target}: ${rollout.bakeSeconds} s`);
    case 'complete':
      return entry('rollout-succeeded', `${rollout.members.length} devices of ${rollout.target}`);
    case 'wait-for-more':
      return entry('rollout-waiting', 'all waves that were asked for have passed');
    case 'halt':
      return entry('rollout-halted', step.reason);
    case 'roll-back-cohort':
      return entry('cohort-rolled-back', `${describeWave(rollout, step.waveIndex)}: ${step.reason}`);
  }
}

function describeWave(rollout: Rollout, waveIndex: number): string {
  const wave = rollout.waves[waveIndex];
  return `wave ${waveIndex + 1} of ${rollout.waves.length}: ${wave?.percent ?? 0} %, ${wave?.devices ?? 0} devices of ${rollout.target}`;
}

/** A device cannot run what its environment's wave brings. */
export function auditPassedOver(deviceId: DeviceId, why: string, atMs: number): FleetChange {
  return auditEntry('device-passed-over', deviceId, why, atMs);
}

function auditEntry(action: string, subject: string, detail: string, atMs: number): FleetChange {
  const entry = { atMs, actor: coordinatorActor, action, subject, reason: null, detail: detail.slice(0, 4_000) };
  return { kind: 'add-audit', entry };
}
