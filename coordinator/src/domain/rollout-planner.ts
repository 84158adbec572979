import { type DeviceId, isInCohort } from '@liquid-lln/protocol';
import { judgeConditions } from './analysis/analysis-gate.js';
import type { FleetDevice, FleetView } from './fleet-view.js';
import { findFailure, observeMember, type PlanTime } from './member-observation.js';
import { isOpen, type MemberFailure, type Rollout, type Wave, type WaveReport } from './rollout.js';
import { isFailed, judgeWave, type ObservedMember } from './wave-gate.js';

/** What a rollout does next: a closed union, so that a new step does not compile until it is applied. */
export type RolloutStep =
  | { readonly kind: 'record-failure'; readonly deviceId: DeviceId; readonly failure: MemberFailure }
  /** Devices that came after the rollout began join its wave that is open to all. */
  | { readonly kind: 'admit'; readonly deviceIds: readonly DeviceId[] }
  | { readonly kind: 'start-wave'; readonly waveIndex: number }
  | { readonly kind: 'pass-wave'; readonly waveIndex: number }
  | { readonly kind: 'complete' }
  /** The last wave asked for has passed, but it is not all of the target. */
  | { readonly kind: 'wait-for-more' }
  | { readonly kind: 'halt'; readonly reason: string }
  /** Takes the package away from the cohort of a wave. */
  | { readonly kind: 'roll-back-cohort'; readonly waveIndex: number; readonly reason: string };

/** What every wave and every device waits for, in words. */
export interface PlanningReport {
  readonly waves: readonly WaveReport[];
  readonly members: readonly ObservedMember[];
}

export interface RolloutPlan {
  readonly steps: readonly RolloutStep[];
  readonly report: PlanningReport;
}

/**
 * The next steps of a rollout, and why there are no more. Pure: the same snapshot gives the same plan.
 * @param mayJoin whether a device that came after the rollout began can take part
 */
export function planRollout(
  rollout: Rollout,
  fleet: FleetView,
  time: PlanTime,
  mayJoin: (device: FleetDevice) => boolean,
): RolloutPlan {
  const report = reportRollout(rollout, fleet, time);
  const failures = newFailures(rollout, fleet);
  if (rollout.status === 'paused') return { steps: [...failures, ...planFailure(rollout, report)], report };
  if (!isOpen(rollout) || rollout.status === 'proposed') return { steps: failures, report };
  const joining = findJoining(rollout, fleet)
    .filter(mayJoin)
    .map(({ deviceId }) => deviceId);
  const moves = joining.length > 0 ? [{ kind: 'admit' as const, deviceIds: joining }] : planMoves(rollout, report);
  return { steps: [...failures, ...moves], report };
}

/** How far a rollout is. Waves that have not begun wait for the one before them. */
export function reportRollout(rollout: Rollout, fleet: FleetView, time: PlanTime): PlanningReport {
  const members = rollout.members.map((member) => ({
    deviceId: member.deviceId,
    ...observeMember(rollout, member, fleet.get(member.deviceId), time),
  }));
  const waves = rollout.waves.map((wave, waveIndex) =>
    judgeConditions(rollout, waveIndex, reportWave(rollout, wave, waveIndex, members), time.nowMs),
  );
  return { waves, members };
}

function reportWave(rollout: Rollout, wave: Wave, waveIndex: number, members: readonly ObservedMember[]): WaveReport {
  if (wave.passedMs !== null && waveIndex < rollout.waveIndex) return { verdict: 'successful', waitingFor: '' };
  if (wave.generation === null) {
    const waitingFor = isOpen(rollout) ? beginCondition(rollout, waveIndex) : 'does not begin any more';
    return { verdict: 'inconclusive', waitingFor };
  }
  const judged = judgeWave(
    members.filter((member, index) => isJudged(rollout, rollout.members[index], member, waveIndex)),
  );
  if (rollout.status !== 'paused' || judged.verdict === 'failed') return judged;
  const waitingFor = [rollout.detail, judged.waitingFor].filter((part) => part !== '').join('; ');
  return { ...judged, waitingFor };
}

/** A wave that was promoted is not waited for by later ones; what fails of it counts all the same. */
function isJudged(
  rollout: Rollout,
  member: Rollout['members'][number] | undefined,
  { progress }: ObservedMember,
  waveIndex: number,
): boolean {
  if (member === undefined || member.waveIndex > waveIndex) return false;
  const isPromoted = member.waveIndex < waveIndex && rollout.waves[member.waveIndex]?.promoted != null;
  return !isPromoted || progress === 'confirmed' || isFailed(progress);
}

function beginCondition(rollout: Rollout, waveIndex: number): string {
  if (waveIndex > 0) return `begins when wave ${waveIndex} has passed`;
  return rollout.detail === '' ? 'begins now' : rollout.detail;
}

function newFailures(rollout: Rollout, fleet: FleetView): RolloutStep[] {
  return rollout.members.flatMap((member) => {
    if (member.failure !== null || member.final !== null) return [];
    const failure = findFailure(rollout, member, fleet.get(member.deviceId)?.reported ?? null);
    return failure === null ? [] : [{ kind: 'record-failure' as const, deviceId: member.deviceId, failure }];
  });
}

/** Devices of the environment that the open wave has taken in although they were not there when it was planned. */
function findJoining(rollout: Rollout, fleet: FleetView): FleetDevice[] {
  const { scope } = rollout;
  const wave = rollout.waves[rollout.waveIndex];
  if (scope.kind !== 'environment' || wave === undefined || wave.generation === null || wave.percent < 100) return [];
  const known = new Set(rollout.members.map((member) => member.deviceId));
  return [...fleet.values()]
    .filter((device) => device.environment === scope.environment && !known.has(device.deviceId))
    .filter((device) => isInCohort(wave.cohort, device));
}

function planMoves(rollout: Rollout, report: PlanningReport): RolloutStep[] {
  const { waveIndex } = rollout;
  const wave = rollout.waves[waveIndex];
  if (wave === undefined) return [];
  if (wave.generation === null) return [{ kind: 'start-wave', waveIndex }];
  const verdict = report.waves[waveIndex];
  if (verdict?.verdict === 'failed') return planTrip(rollout, verdict.waitingFor);
  const hasPassed = verdict?.verdict === 'successful' || wave.promoted !== null;
  if (!hasPassed || rollout.status === 'waiting') return [];
  return [{ kind: 'pass-wave', waveIndex }, planAfter(rollout, wave)];
}

/** While it is paused a rollout only looks after the devices that have begun. */
function planFailure(rollout: Rollout, report: PlanningReport): RolloutStep[] {
  const verdict = report.waves[rollout.waveIndex];
  return verdict?.verdict === 'failed' ? planTrip(rollout, verdict.waitingFor) : [];
}

function planAfter(rollout: Rollout, passed: Wave): RolloutStep {
  const next = rollout.waveIndex + 1;
  if (next < rollout.waves.length) return { kind: 'start-wave', waveIndex: next };
  return passed.percent >= 100 ? { kind: 'complete' } : { kind: 'wait-for-more' };
}

function planTrip(rollout: Rollout, reason: string): RolloutStep[] {
  const halt: RolloutStep = { kind: 'halt', reason };
  if (rollout.onTrip === 'halt-only') return [halt];
  return [halt, { kind: 'roll-back-cohort', waveIndex: rollout.waveIndex, reason }];
}
