import type { Generation } from '@liquid-lln/protocol';
import type { PlannedFleet } from './fleet-view.js';
import type { PlanTime } from './member-observation.js';
import { observeMember, runningIdentity } from './member-observation.js';
import { isToldUnasked } from './pacing.js';
import { isOpen, type Member, type Rollout, type Wave } from './rollout.js';
import { describeDecision } from './rollout-actions.js';
import type { RolloutStep } from './rollout-planner.js';

/** What the steps of one plan share. */
export interface StepContext {
  /** The next generation: that of whatever documents the plan publishes. */
  readonly generation: Generation;
  readonly fleet: PlannedFleet;
  readonly time: PlanTime;
}

/** Applies the steps of a plan in order. Pure: what is committed is exactly what this returns. */
export function applySteps(rollout: Rollout, steps: readonly RolloutStep[], context: StepContext): Rollout {
  return steps.reduce((current, step) => applyStep(current, step, context), rollout);
}

function applyStep(rollout: Rollout, step: RolloutStep, context: StepContext): Rollout {
  const { nowMs } = context.time;
  switch (step.kind) {
    case 'record-failure':
      return mapMember(rollout, step.deviceId, (member) => ({ ...member, failure: step.failure }));
    case 'admit':
      return admit(rollout, step.deviceIds, context);
    case 'start-wave':
      return {
        ...mapWave(rollout, step.waveIndex, (wave) => ({ ...wave, generation: context.generation, startedMs: nowMs })),
        status: 'running',
        waveIndex: step.waveIndex,
      };
    case 'tell':
      return tellMembers(rollout, new Set(step.deviceIds), context);
    case 'pass-wave':
      return mapWave(rollout, step.waveIndex, (wave) => ({ ...wave, passedMs: nowMs }));
    case 'start-bake':
      return { ...rollout, bakingSinceMs: nowMs };
    case 'complete':
      return closeRollout(
        { ...rollout, status: 'succeeded', endedMs: nowMs, detail: describePromotions(rollout) },
        context,
      );
    case 'wait-for-more':
      return { ...rollout, status: 'waiting' };
    case 'halt':
      return haltRollout(rollout, step.reason, nowMs);
    case 'roll-back-cohort':
      return { ...rollout, ending: { generation: context.generation, kind: 'rollback', fromWave: step.fromWave } };
  }
}

/** What of a rollout passed by a decision and not by its gate, in words; empty if nothing did. */
function describePromotions({ waves }: Rollout): string {
  return waves
    .flatMap(({ promoted }, index) =>
      promoted === null ? [] : [describeDecision(`wave ${index + 1} was promoted`, promoted)],
    )
    .join('; ')
    .slice(0, 1_000);
}

/** A halted rollout does not move any more; its devices are still observed until another one takes them over. */
export function haltRollout(rollout: Rollout, reason: string, nowMs: number): Rollout {
  return { ...rollout, status: 'halted', paused: null, endedMs: nowMs, detail: reason.slice(0, 1_000) };
}

/** Keeps what is known of every member now: later instructions to the same devices belong to other rollouts. */
export function closeRollout(rollout: Rollout, context: Pick<StepContext, 'fleet' | 'time'>): Rollout {
  const members = rollout.members.map((member) => ({
    ...member,
    final: observeMember(rollout, member, context.fleet.get(member.deviceId), context.time),
  }));
  return { ...rollout, members };
}

/** Makes room for a newer rollout on the same devices: an open one ends, and whatever it is, it is closed. */
export function supersedeRollout(rollout: Rollout, context: Pick<StepContext, 'fleet' | 'time'>): Rollout {
  const closed = closeRollout(rollout, context);
  if (!isOpen(closed)) return closed;
  return {
    ...closed,
    status: 'superseded',
    paused: null,
    endedMs: context.time.nowMs,
    detail: 'a newer rollout took the target over',
  };
}

/** Adds the waves and members that a later deploy of the same package asked for. */
export function appendWaves(rollout: Rollout, waves: readonly Wave[], members: readonly Member[]): Rollout {
  const waveIndex = rollout.status === 'waiting' ? rollout.waves.length : rollout.waveIndex;
  return {
    ...rollout,
    status: rollout.status === 'waiting' ? 'running' : rollout.status,
    waveIndex,
    waves: [...rollout.waves, ...waves],
    members: [...rollout.members, ...members],
  };
}

/** The reason of a request in the words of a rollout's detail. */
export function describeStop(request: { readonly reason: string | null }, actor: string): string {
  return request.reason === null ? `stopped by ${actor}` : `stopped by ${actor}: ${request.reason}`;
}

function tellMembers(rollout: Rollout, deviceIds: ReadonlySet<Member['deviceId']>, context: StepContext): Rollout {
  const told = { generation: context.generation, atMs: context.time.nowMs };
  const members = rollout.members.map((member) => (deviceIds.has(member.deviceId) ? { ...member, told } : member));
  return { ...rollout, members };
}

function admit(
  rollout: Rollout,
  deviceIds: readonly Member['deviceId'][],
  { fleet, time: { nowMs } }: StepContext,
): Rollout {
  const { generation } = rollout.waves[rollout.waveIndex] ?? { generation: null };
  const joined = deviceIds.map((deviceId) => {
    const isTold = generation !== null && isToldUnasked(rollout, deviceId, fleet);
    const told = isTold ? { generation, atMs: nowMs } : null;
    return { ...newMember(deviceId, rollout.waveIndex, fleet), told };
  });
  const grown = { ...rollout, members: [...rollout.members, ...joined] };
  return mapWave(grown, rollout.waveIndex, (wave) => ({ ...wave, devices: wave.devices + joined.length }));
}

export function newMember(deviceId: Member['deviceId'], waveIndex: number, fleet: PlannedFleet): Member {
  const before = runningIdentity(fleet.get(deviceId)?.reported ?? null);
  return { deviceId, waveIndex, before, told: null, failure: null, final: null };
}

function mapMember(rollout: Rollout, deviceId: Member['deviceId'], change: (member: Member) => Member): Rollout {
  return {
    ...rollout,
    members: rollout.members.map((member) => (member.deviceId === deviceId ? change(member) : member)),
  };
}

function mapWave(rollout: Rollout, waveIndex: number, change: (wave: Wave) => Wave): Rollout {
  return { ...rollout, waves: rollout.waves.map((wave, index) => (index === waveIndex ? change(wave) : wave)) };
}
