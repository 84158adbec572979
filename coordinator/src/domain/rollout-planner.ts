import { type DeviceId, isInCohort } from '@liquid-lln/protocol';
import { judgeConditions } from './analysis/analysis-gate.js';
import { judgeBake } from './bake.js';
import type { PlannedDevice, PlannedFleet } from './fleet-view.js';
import { findFailure, observeMember, type PlanTime } from './member-observation.js';
import { countUntold, nextPortion } from './pacing.js';
import { isOpen, isPaced, type MemberFailure, type Rollout, type Wave, type WaveReport } from './rollout.js';
import { failuresAllowed } from './rollout-limits.js';
import { isFailed, judgeWave, type ObservedMember } from './wave-gate.js';

/** What a rollout does next: a closed union, so that a new step does not compile until it is applied. */
export type RolloutStep =
  | { readonly kind: 'record-failure'; readonly deviceId: DeviceId; readonly failure: MemberFailure }
  /** Devices that came after the rollout began join its wave that is open to all. */
  | { readonly kind: 'admit'; readonly deviceIds: readonly DeviceId[] }
  | { readonly kind: 'start-wave'; readonly waveIndex: number }
  /** Of a wave that goes out in portions: who may begin now. */
  | { readonly kind: 'tell'; readonly waveIndex: number; readonly deviceIds: readonly DeviceId[] }
  | { readonly kind: 'pass-wave'; readonly waveIndex: number }
  /** The last wave has passed; all of its devices are watched on for a while. */
  | { readonly kind: 'start-bake' }
  | { readonly kind: 'complete' }
  /** The last wave asked for has passed, but it is not all of the target. */
  | { readonly kind: 'wait-for-more' }
  | { readonly kind: 'halt'; readonly reason: string }
  /** Takes the package away from the cohort of a wave, but for those of the waves before `fromWave`. */
  | {
      readonly kind: 'roll-back-cohort';
      readonly waveIndex: number;
      readonly fromWave: number;
      readonly reason: string;
    };

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
export function planRollout<D extends PlannedDevice>(
  rollout: Rollout,
  fleet: ReadonlyMap<DeviceId, D>,
  time: PlanTime,
  mayJoin: (device: D) => boolean,
): RolloutPlan {
  const report = reportRollout(rollout, fleet, time);
  const failures = newFailures(rollout, fleet);
  if (rollout.status === 'paused') return { steps: [...failures, ...planFailure(rollout, report)], report };
  if (!isOpen(rollout) || rollout.status === 'proposed') return { steps: failures, report };
  const joining = findJoining(rollout, fleet)
    .filter(mayJoin)
    .map(({ deviceId }) => deviceId);
  const moves: RolloutStep[] =
    joining.length > 0 ? [{ kind: 'admit', deviceIds: joining }] : planMoves({ rollout, report, fleet, time });
  return { steps: [...failures, ...moves], report };
}

/** How far a rollout is. Waves that have not begun wait for the one before them. */
export function reportRollout(rollout: Rollout, fleet: PlannedFleet, time: PlanTime): PlanningReport {
  const members = rollout.members.map((member): ObservedMember => {
    const { deviceId } = member;
    const { progress, now, outcome, waitingFor } = observeMember(rollout, member, fleet.get(deviceId), time);
    return { deviceId, progress, now, outcome, waitingFor };
  });
  const waves = rollout.waves.map((wave, waveIndex) => {
    const reported = judgeDevices(rollout, wave, waveIndex, members);
    const judged = judgeConditions(rollout, waveIndex, reported, time.nowMs);
    return waveIndex === rollout.waveIndex ? judgeBake(rollout, judged, fleet, time) : judged;
  });
  return { waves, members };
}

/** The verdict over a wave by its devices alone. @param members of the rollout, in their order */
export function judgeDevices(
  rollout: Rollout,
  wave: Wave,
  waveIndex: number,
  members: readonly ObservedMember[],
): WaveReport {
  if (wave.passedMs !== null && waveIndex < rollout.waveIndex) return { verdict: 'successful', waitingFor: '' };
  if (wave.generation === null) {
    const waitingFor = isOpen(rollout) ? beginCondition(rollout, waveIndex) : 'does not begin any more';
    return { verdict: 'inconclusive', waitingFor };
  }
  const assigned = members.filter((member, index) => isJudged(rollout, rollout.members[index], member, waveIndex));
  const judged = judgeWave(assigned, failuresAllowed(rollout.limits, assigned.length));
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

function newFailures(rollout: Rollout, fleet: PlannedFleet): RolloutStep[] {
  const steps: RolloutStep[] = [];
  for (const member of rollout.members) {
    if (member.failure !== null || member.final !== null) continue;
    const failure = findFailure(rollout, member, fleet.get(member.deviceId)?.reported ?? null);
    if (failure !== null) steps.push({ kind: 'record-failure', deviceId: member.deviceId, failure });
  }
  return steps;
}

/** Devices of the environment that the open wave has taken in although they were not there when it was planned. */
function findJoining<D extends PlannedDevice>(rollout: Rollout, fleet: ReadonlyMap<DeviceId, D>): D[] {
  const { scope } = rollout;
  const wave = rollout.waves[rollout.waveIndex];
  if (scope.kind !== 'environment' || wave === undefined || wave.generation === null || wave.percent < 100) return [];
  const known = new Set(rollout.members.map((member) => member.deviceId));
  return [...fleet.values()]
    .filter((device) => device.environment === scope.environment && !known.has(device.deviceId))
    .filter((device) => isInCohort(wave.cohort, device));
}

/** What the moves of a rollout are decided on. */
interface Situation {
  readonly rollout: Rollout;
  readonly report: PlanningReport;
  readonly fleet: PlannedFleet;
  readonly time: PlanTime;
}

function planMoves(situation: Situation): RolloutStep[] {
  const { rollout, report } = situation;
  const { waveIndex } = rollout;
  const wave = rollout.waves[waveIndex];
  if (wave === undefined) return [];
  if (wave.generation === null) return beginWave(situation, waveIndex);
  const verdict = report.waves[waveIndex];
  if (verdict?.verdict === 'failed') return planTrip(rollout, verdict.waitingFor);
  if (rollout.status === 'waiting') return [];
  const hasPassed = verdict?.verdict === 'successful' || wave.promoted !== null;
  if (!hasPassed) return tellMore(situation, waveIndex);
  if (rollout.bakingSinceMs !== undefined) return verdict?.verdict === 'successful' ? [{ kind: 'complete' }] : [];
  const pass: RolloutStep[] = wave.passedMs === null ? [{ kind: 'pass-wave', waveIndex }] : [];
  return [...pass, ...planAfter(situation, wave)];
}

/** A wave that goes out in portions begins when there is room for its first. */
function beginWave(situation: Situation, waveIndex: number): RolloutStep[] {
  const { rollout, report, fleet, time } = situation;
  const start: RolloutStep = { kind: 'start-wave', waveIndex };
  if (!isPaced(rollout)) return [start];
  const deviceIds = nextPortion(rollout, waveIndex, report.members, fleet, time);
  if (deviceIds.length === 0 && countUntold(rollout, waveIndex) > 0) return [];
  return [start, { kind: 'tell', waveIndex, deviceIds }];
}

function tellMore({ rollout, report, fleet, time }: Situation, waveIndex: number): RolloutStep[] {
  const deviceIds = isPaced(rollout) ? nextPortion(rollout, waveIndex, report.members, fleet, time) : [];
  return deviceIds.length === 0 ? [] : [{ kind: 'tell', waveIndex, deviceIds }];
}

/** While it is paused a rollout only looks after the devices that have begun. */
function planFailure(rollout: Rollout, report: PlanningReport): RolloutStep[] {
  const verdict = report.waves[rollout.waveIndex];
  return verdict?.verdict === 'failed' ? planTrip(rollout, verdict.waitingFor) : [];
}

function planAfter(situation: Situation, passed: Wave): RolloutStep[] {
  const { rollout } = situation;
  const next = rollout.waveIndex + 1;
  if (next < rollout.waves.length) return beginWave(situation, next);
  if (passed.percent < 100) return [{ kind: 'wait-for-more' }];
  return [(rollout.bakeSeconds ?? 0) > 0 ? { kind: 'start-bake' } : { kind: 'complete' }];
}

function planTrip(rollout: Rollout, reason: string): RolloutStep[] {
  const { waveIndex, onTrip } = rollout;
  const halt: RolloutStep = { kind: 'halt', reason };
  if (onTrip === 'halt-only') return [halt];
  const fromWave = onTrip === 'roll-back-wave' ? waveIndex : 0;
  return [halt, { kind: 'roll-back-cohort', waveIndex, fromWave, reason }];
}
