import type {
  DesiredDocument,
  DeviceId,
  Digest,
  Environment,
  Generation,
  Instruction,
  RolloutId,
  WaveDocument,
} from '@liquid-lln/protocol';
import type { FleetView } from './fleet-view.js';
import { packageOf, type Rollout } from './rollout.js';
import type { RolloutStep } from './rollout-planner.js';

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
  generations: { readonly next: Generation; readonly parent: Generation },
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
  generations: { readonly next: Generation; readonly parent: Generation },
  fleet: FleetView,
): DesiredState[] {
  if (rollout.waves[rollout.waveIndex]?.generation == null) return [];
  return instruct(rollout, rollout.waveIndex, { kind: 'hold', reason }, generations, fleet, 'all');
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
  generations: { readonly next: Generation; readonly parent: Generation },
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
      rolloutId,
      waveIndex,
      waveCount: rollout.waves.length,
      cohort: wave.cohort,
      instruction,
    };
    return [{ kind: 'wave', environment: scope.environment, document }];
  }
  const isMeant = (index: number) => (devices === 'entering' ? index === waveIndex : index <= waveIndex);
  return rollout.members
    .filter((member) => isMeant(member.waveIndex))
    .flatMap(({ deviceId }) => {
      const admission = fleet.get(deviceId)?.admission;
      if (admission === undefined) return [];
      const document: DesiredDocument = { v: 1, generation: generations.next, admission, instruction, rolloutId };
      return [{ kind: 'desired' as const, deviceId, document }];
    });
}

/** Packages that devices may still have to fetch: those that any document in force names. */
export function packagesInUse(states: Iterable<DesiredState>): Set<Digest> {
  const digests = new Set<Digest>();
  for (const { document } of states) {
    if (document.instruction.kind === 'deploy') digests.add(document.instruction.package.digest);
  }
  return digests;
}
