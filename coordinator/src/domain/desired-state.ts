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
import { toldCohort } from './pacing.js';
import { firstGeneration, isPaced, memberGeneration, packageOf, type Rollout } from './rollout.js';
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
    const telling = tellingOf(rollout, step, fleet);
    return telling === null ? [] : publish(rollout, telling, generations, fleet);
  });
}

function tellingOf(rollout: Rollout, step: RolloutStep, fleet: FleetView): Telling | null {
  const { instruction } = rollout;
  switch (step.kind) {
    case 'start-wave': {
      const { waveIndex } = step;
      const deviceIds = membersBetween(rollout, waveIndex, waveIndex);
      return isPaced(rollout) ? null : { waveIndex, cohort: cohortOf(rollout, waveIndex), instruction, deviceIds };
    }
    case 'tell': {
      const { waveIndex, deviceIds } = step;
      return { waveIndex, cohort: toldCohort(rollout, waveIndex, deviceIds, fleet), instruction, deviceIds };
    }
    case 'complete': {
      // Devices that come later are no part of the rollout any more, and get the package all the same.
      const { waveIndex } = rollout;
      const isOpened = isPaced(rollout) && rollout.scope.kind === 'environment';
      return isOpened ? { waveIndex, cohort: cohortOf(rollout, waveIndex), instruction, deviceIds: [] } : null;
    }
    case 'roll-back-cohort': {
      const { waveIndex, fromWave } = step;
      const deviceIds = membersBetween(rollout, fromWave, waveIndex);
      const cohort = cohortBetween(rollout, fromWave, waveIndex);
      return { waveIndex, cohort, instruction: wayBack(rollout, step.reason), deviceIds };
    }
    default:
      return null;
  }
}

/** The documents by which a stopped rollout's devices give up what is not confirmed. */
export function holdDocuments(
  rollout: Rollout,
  reason: string,
  generations: Generations,
  fleet: FleetView,
): DesiredState[] {
  const { waveIndex } = rollout;
  if (rollout.waves[waveIndex]?.generation == null) return [];
  const deviceIds = membersBetween(rollout, 0, waveIndex);
  const hold: Instruction = { kind: 'hold', reason };
  const telling = { waveIndex, cohort: cohortOf(rollout, waveIndex), instruction: hold, deviceIds };
  return publish(rollout, telling, generations, fleet);
}

/**
 * The documents by which a paused rollout is closed to all that have not begun: an environment's wave for nobody, which
 * keeps the package within reach of those that have.
 */
export function pauseDocuments(rollout: Rollout, generations: Generations, fleet: FleetView): DesiredState[] {
  const { waveIndex, scope, instruction } = rollout;
  if (rollout.waves[waveIndex]?.generation == null) return [];
  const nobody: Cohort = { ...cohortOf(rollout, waveIndex), strata: {}, admittedUpTo: 0 };
  const left: Instruction = scope.kind === 'environment' ? instruction : { kind: 'none' };
  const telling = { waveIndex, cohort: nobody, instruction: left, deviceIds: notBegun(rollout, fleet) };
  return publish(rollout, telling, generations, fleet);
}

/** The documents by which a rollout is open again to those that had not begun. */
export function resumeDocuments(rollout: Rollout, generations: Generations, fleet: FleetView): DesiredState[] {
  const { waveIndex, instruction } = rollout;
  if (rollout.waves[waveIndex]?.generation == null) return [];
  const cohort = isPaced(rollout) ? toldCohort(rollout, waveIndex, [], fleet) : cohortOf(rollout, waveIndex);
  return publish(rollout, { waveIndex, cohort, instruction, deviceIds: notBegun(rollout, fleet) }, generations, fleet);
}

/** The documents by which devices that failed get the package once more, each by name. */
export function retryDocuments(
  rollout: Rollout,
  deviceIds: readonly DeviceId[],
  override: string | null,
  { next }: Generations,
  fleet: FleetView,
): DesiredState[] {
  const { instruction } = rollout;
  if (instruction.kind !== 'deploy') return [];
  return tell(rollout, deviceIds, { ...instruction, override: override ?? instruction.override }, next, fleet);
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

/** What is said to whom: by cohort to an environment, by name to other targets. */
interface Telling {
  readonly waveIndex: number;
  readonly cohort: Cohort;
  readonly deviceIds: readonly DeviceId[];
  readonly instruction: Instruction;
}

function publish(
  rollout: Rollout,
  { waveIndex, cohort, instruction, deviceIds }: Telling,
  generations: Generations,
  fleet: FleetView,
): DesiredState[] {
  const { scope, rolloutId } = rollout;
  if (scope.kind === 'devices') return tell(rollout, deviceIds, instruction, generations.next, fleet);
  const document: WaveDocument = {
    v: 1,
    generation: generations.next,
    parent: generations.parent,
    ...widening(rollout, instruction),
    rolloutId,
    waveIndex,
    waveCount: rollout.waves.length,
    cohort,
    instruction,
  };
  return [{ kind: 'wave', environment: scope.environment, document }];
}

function membersBetween({ members }: Rollout, fromWave: number, toWave: number): DeviceId[] {
  return members
    .filter(({ waveIndex }) => waveIndex >= fromWave && waveIndex <= toWave)
    .map(({ deviceId }) => deviceId);
}

function cohortOf({ rolloutId, waves }: Rollout, waveIndex: number): Cohort {
  const wave = waves[waveIndex];
  if (wave === undefined) throw new RangeError(`rollout ${rolloutId} has no wave ${waveIndex}`);
  return wave.cohort;
}

/** The cohort of a wave without that of the wave before another one. */
function cohortBetween(rollout: Rollout, fromWave: number, toWave: number): Cohort {
  const cohort = cohortOf(rollout, toWave);
  if (fromWave === 0) return cohort;
  const { strata, admittedUpTo } = cohortOf(rollout, fromWave - 1);
  return { ...cohort, except: { strata, admittedUpTo } };
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
