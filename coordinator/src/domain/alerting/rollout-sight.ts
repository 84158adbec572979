import type { FleetView } from '../fleet-view.js';
import type { PlanTime } from '../member-observation.js';
import { nameDevices } from '../name-devices.js';
import type { Rollout } from '../rollout.js';
import { reportRollout } from '../rollout-planner.js';
import type { Condition } from './condition.js';

const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
/** Of the reason that a gate gives: what leads on has to have room behind it. */
const reasonLengthMax = 200;

/** What a rollout waits for, and since when. */
interface Waiting {
  readonly sinceMs: number;
  /** As long as that it was meant to take. */
  readonly meantMs: number;
}

/**
 * Rollouts that nobody lets go on: paused, not approved, or held by a gate that neither passes nor fails, for longer than
 * they were meant to and `waitingMsMax` beyond that. Each names what it waits for and the command that leads on.
 */
export function waitingConditions(
  rollouts: Iterable<Rollout>,
  fleet: FleetView,
  time: PlanTime,
  waitingMsMax: number,
): Condition[] {
  return [...rollouts].flatMap((rollout) => {
    const waiting = waitingOf(rollout);
    if (waiting === null || time.nowMs - waiting.sinceMs <= waiting.meantMs + waitingMsMax) return [];
    const found = describeWaiting(rollout, fleet, time, describeTime(time.nowMs - waiting.sinceMs));
    if (found === null) return [];
    const { rolloutId: subject, scope } = rollout;
    const environment = scope.kind === 'environment' ? scope.environment : null;
    return [{ rule: 'rollout-waiting', subject, severity: 'warning', environment, ...found }];
  });
}

/** From what is stored, so that a restart makes nobody wait anew; null if it does not wait. */
function waitingOf(rollout: Rollout): Waiting | null {
  const { status, paused, createdMs } = rollout;
  if (status === 'paused' && paused !== null) return { sinceMs: paused.atMs, meantMs: 0 };
  if (status === 'proposed') return { sinceMs: createdMs, meantMs: 0 };
  return status === 'running' ? { sinceMs: lastMovedMs(rollout), meantMs: meantMsOf(rollout) } : null;
}

/** When anybody last did anything about the wave that is out. */
function lastMovedMs({ waves, waveIndex, members, createdMs, approval, resumed, bakingSinceMs }: Rollout): number {
  const decided = [createdMs, approval?.given?.atMs, resumed?.atMs, waves[waveIndex]?.startedMs, bakingSinceMs];
  const told = members.map((member) => member.told?.atMs);
  return [...decided, ...told].reduce<number>((latest, each) => Math.max(latest, each ?? 0), 0);
}

/** How long a wave takes where nothing is wrong. */
function meantMsOf({ instruction, conditions, bakeSeconds = 0 }: Rollout): number {
  if (instruction.kind !== 'deploy') return 0;
  const { policy, spreadSeconds = 0, window } = instruction;
  const seconds = policy.soakSeconds + spreadSeconds + bakeSeconds + (conditions?.holdSeconds ?? 0);
  return seconds * secondMs + (window === undefined ? 0 : dayMs);
}

function describeWaiting(
  rollout: Rollout,
  fleet: FleetView,
  time: PlanTime,
  waited: string,
): Pick<Condition, 'detail' | 'devices'> | null {
  const { rolloutId, status, paused, createdBy } = rollout;
  const stop = `to end it: \`liquid-lln stop ${rolloutId} --reason TEXT\``;
  if (status === 'paused') {
    const why = `${paused?.by}: ${paused?.reason}`.slice(0, reasonLengthMax);
    const next = `to go on: \`liquid-lln resume ${rolloutId} --reason TEXT\``;
    return { devices: [], detail: `paused for ${waited} by ${why}; ${next}; ${stop}` };
  }
  if (status === 'proposed') {
    const next = `to begin, as somebody else: \`liquid-lln approve ${rolloutId} --reason TEXT\``;
    return { devices: [], detail: `proposed by ${createdBy} ${waited} ago, and not approved; ${next}; ${stop}` };
  }
  return describeHeld(rollout, fleet, time, waited, stop);
}

function describeHeld(
  rollout: Rollout,
  fleet: FleetView,
  time: PlanTime,
  waited: string,
  stop: string,
): Pick<Condition, 'detail' | 'devices'> | null {
  const { rolloutId, waveIndex, waves } = rollout;
  const report = reportRollout(rollout, fleet, time);
  const wave = report.waves[waveIndex];
  // The next plan passes it, or fails it.
  if (wave === undefined || wave.verdict === 'successful' || wave.verdict === 'failed') return null;
  const waitedFor = report.members.filter(
    ({ waitingFor }, index) => waitingFor !== '' && (rollout.members[index]?.waveIndex ?? 0) <= waveIndex,
  );
  const devices = waitedFor.map(({ deviceId }) => deviceId);
  const why = (wave.waitingFor === '' ? nameDevices(devices) : wave.waitingFor).slice(0, reasonLengthMax);
  const next = `to pass it all the same: \`liquid-lln promote ${rolloutId} --reason TEXT\``;
  return {
    devices,
    detail: `wave ${waveIndex + 1} of ${waves.length} is held for ${waited}: ${why}; ${next}; ${stop}`,
  };
}

/** `26 h` */
function describeTime(ms: number): string {
  if (ms >= 2 * hourMs) return `${Math.floor(ms / hourMs)} h`;
  return ms >= 2 * minuteMs ? `${Math.floor(ms / minuteMs)} min` : `${Math.floor(ms / secondMs)} s`;
}
