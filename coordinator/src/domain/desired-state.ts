import {
  type Cohort,
  type DesiredDocument,
  type DeviceId,
  type Digest,
  type Environment,
  type Generation,
  type Instruction,
  isBringing,
  type RolloutId,
  type WaveDocument,
} from '@liquid-lln/protocol';
import type { FleetView } from './fleet-view.js';
import { firstGeneration, memberGeneration, packageOf, type Rollout } from './rollout.js';
import type { RolloutStep } from './rollout-planner.js';

/** The generation of new documents, and the one that they were planned on. */
export interface Generations {
  readonly next: Generation;
  readonly parent: Generation;
}

/** A document as the store keeps it: the retained message on the broker is only a copy. */
export type DesiredState =
  | { readonly kind: 'wave'; readonly environment: Environment; readonly document: WaveDocument }
  | { readonly kind: 'desired'; readonly deviceId: DeviceId; readonly document: DesiredDocument };

/** What says which document a new one replaces. */
export function desiredStateKey(state: DesiredState): string {
  return state.kind === 'wave' ? `wave/${state.environment}` : `desired/${state.deviceId}`;
}

/**
 * The first document of a device: it admits the device and asks nothing.
 * @param generation older than every wave's, unless the device is to be kept from the one in force
 */
export function admissionDocument(deviceId: DeviceId, admission: number, generation: Generation): DesiredState {
  const document: DesiredDocument = {
    v: 1,
    generation,
    admission,
    instruction: { kind: 'none' },
    rolloutId: null,
  };
  return { kind: 'desired', deviceId, document };
}

/** The documents that the steps of a plan publish; all of one plan have the same generation. */
export function documentsOfSteps(
  rollout: Rollout,
  steps: readonly RolloutStep[],
  generations: Generations,
  fleet: FleetView,
): DesiredState[] {
  return steps.flatMap((step) => {
    switch (step.kind) {
      case 'start-wave':
        return instruct(rollout, step.waveIndex, rollout.instruction, generations, fleet, 'entering');
      case 'roll-back-cohort':
        return instruct(rollout, step.waveIndex, wayBack(rollout, step.reason), generations, fleet, 'all');
      default:
        return [];
    }
  });
}

/** The documents by which a stopped rollout's devices give up what is not confirmed. */
export function holdDocuments(
  rollout: Rollout,
  reason: string,
  generations: Generations,
  fleet: FleetView,
): DesiredState[] {
  if (rollout.waves[rollout.waveIndex]?.generation == null) return [];
  return instruct(rollout, rollout.waveIndex, { kind: 'hold', reason }, generations, fleet, 'all');
}

/**
 * The documents by which a paused rollout is closed to all that have not begun: an environment's wave for nobody, which
 * keeps the package within reach of those that have.
 */
export function pauseDocuments(rollout: Rollout, generations: Generations, fleet: FleetView): DesiredState[] {
  const wave = rollout.waves[rollout.waveIndex];
  if (wave === undefined || wave.generation === null) return [];
  if (rollout.scope.kind === 'environment') {
    const nobody: Cohort = { ...wave.cohort, strata: {}, admittedUpTo: 0 };
    return instruct(
      { ...rollout, waves: rollout.waves.map((each) => (each === wave ? { ...wave, cohort: nobody } : each)) },
      rollout.waveIndex,
      rollout.instruction,
      generations,
      fleet,
      'entering',
    );
  }
  return tell(rollout, notBegun(rollout, fleet), { kind: 'none' }, generations.next, fleet);
}

/** The documents by which a rollout is open again to those that had not begun. */
export function resumeDocuments(rollout: Rollout, generations: Generations, fleet: FleetView): DesiredState[] {
  const { waveIndex, scope, instruction } = rollout;
  if (rollout.waves[waveIndex]?.generation == null) return [];
  if (scope.kind === 'environment') return instruct(rollout, waveIndex, instruction, generations, fleet, 'entering');
  return tell(rollout, notBegun(rollout, fleet), instruction, generations.next, fleet);
}

/** Members that were told, and have not said that they took it up. */
function notBegun(rollout: Rollout, fleet: FleetView): DeviceId[] {
  return rollout.members
    .filter((member) => {
      const generation = memberGeneration(rollout, member);
      return generation !== null && (fleet.get(member.deviceId)?.reported.generation ?? 0) < generation;
    })
    .map(({ deviceId }) => deviceId);
}

/** A device left its package by itself: it keeps what it has, and is not told again to take what it left. */
export function releaseDocument(
  deviceId: DeviceId,
  admission: number,
  generation: Generation,
  rolloutId: RolloutId | null,
): DesiredState {
  const document: DesiredDocument = { v: 1, generation, admission, instruction: { kind: 'none' }, rolloutId };
  return { kind: 'desired', deviceId, document };
}

function wayBack(rollout: Rollout, reason: string): Instruction {
  const left = packageOf(rollout);
  return { kind: 'rollback', from: left === null ? null : [left.digest], reason: reason.slice(0, 500) };
}

function instruct(
  rollout: Rollout,
  waveIndex: number,
  instruction: Instruction,
  generations: Generations,
  fleet: FleetView,
  devices: 'entering' | 'all',
): DesiredState[] {
  const { scope, rolloutId } = rollout;
  const wave = rollout.waves[waveIndex];
  if (wave === undefined) return [];
  if (scope.kind === 'environment') {
    const document: WaveDocument = {
      v: 1,
      generation: generations.next,
      parent: generations.parent,
      ...widening(rollout, instruction),
      rolloutId,
      waveIndex,
      waveCount: rollout.waves.length,
      cohort: wave.cohort,
      instruction,
    };
    return [{ kind: 'wave', environment: scope.environment, document }];
  }
  const isMeant = (index: number) => (devices === 'entering' ? index === waveIndex : index <= waveIndex);
  const meant = rollout.members.filter((member) => isMeant(member.waveIndex)).map(({ deviceId }) => deviceId);
  return tell(rollout, meant, instruction, generations.next, fleet);
}

/** A document after the first that brings the same: not for those whom the rollout has told already. */
function widening(rollout: Rollout, instruction: Instruction): Pick<WaveDocument, 'since'> {
  const since = firstGeneration(rollout);
  return since === null || instruction !== rollout.instruction ? {} : { since };
}

function tell(
  { rolloutId }: Rollout,
  deviceIds: readonly DeviceId[],
  instruction: Instruction,
  generation: Generation,
  fleet: FleetView,
): DesiredState[] {
  return deviceIds.flatMap((deviceId) => {
    const admission = fleet.get(deviceId)?.admission;
    if (admission === undefined) return [];
    const document: DesiredDocument = { v: 1, generation, admission, instruction, rolloutId };
    return [{ kind: 'desired' as const, deviceId, document }];
  });
}

/** Packages that devices may still have to fetch: those that any document in force names. */
export function packagesInUse(states: Iterable<DesiredState>): Set<Digest> {
  const digests = new Set<Digest>();
  for (const { document } of states) {
    if (isBringing(document.instruction)) digests.add(document.instruction.package.digest);
  }
  return digests;
}
