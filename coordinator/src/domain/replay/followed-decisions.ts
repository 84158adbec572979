import { memberToldMs, type Rollout } from '../rollout.js';
import { approveRollout, pauseRollout, resumeRollout } from '../rollout-actions.js';

/** Where a rollout is, by all that its plans and operators move: two that agree in it go on alike. */
export function shapeOf(rollout: Rollout): string {
  const { status, waveIndex, waves, members, ending, bakingSinceMs } = rollout;
  return JSON.stringify([
    status,
    waveIndex,
    bakingSinceMs ?? null,
    ending?.generation === undefined,
    waves.map(({ percent, startedMs, passedMs, promoted }) => [percent, startedMs, passedMs, promoted?.atMs ?? null]),
    members.map((member) => [member.deviceId, memberToldMs(rollout, member), member.failure?.progress ?? null]),
  ]);
}

/** Whether somebody has changed a rollout: its course, or the limits that it goes on under. */
export function isDecided(before: Rollout, after: Rollout): boolean {
  return shapeOf(before) !== shapeOf(after) || limitsOf(before) !== limitsOf(after);
}

function limitsOf({ limits: { failureBudget, maxUnavailable, ratePerMinute, silenceSecondsMax } }: Rollout): string {
  return JSON.stringify([failureBudget, maxUnavailable, ratePerMinute, silenceSecondsMax]);
}

/**
 * What an operator decided about the rollout as it was, decided about one that goes otherwise by now.
 * @returns null where the decision cannot be taken over: whatever would have been decided instead is not known
 */
export function followDecision(rollout: Rollout, before: Rollout, after: Rollout): Rollout | null {
  const promoted = after.waves.findIndex(
    (wave, index) => wave.promoted !== null && before.waves[index]?.promoted === null,
  );
  if (promoted >= 0) return followPromotion(rollout, promoted, after);
  if (isOnlyStatus(before, after)) {
    if (after.status === 'paused' && after.paused !== null)
      return rollout.status === 'running' ? pauseRollout(rollout, after.paused) : null;
    if (before.status === 'paused' && after.status === 'running')
      return rollout.status === 'paused' ? resumeRollout(rollout, after.resumed) : null;
    if (before.status === 'proposed' && after.approval?.given != null && rollout.status === 'proposed')
      return approveRollout(rollout, after.approval.given);
  }
  return null;
}

function followPromotion(rollout: Rollout, waveIndex: number, { waves }: Rollout): Rollout | null {
  const [wave, decided] = [rollout.waves[waveIndex], waves[waveIndex]];
  if (wave === undefined || decided === undefined || wave.generation === null) return null;
  if (wave.passedMs !== null) return rollout;
  return {
    ...rollout,
    waves: rollout.waves.map((each) => (each === wave ? { ...wave, promoted: decided.promoted } : each)),
  };
}

function isOnlyStatus(before: Rollout, after: Rollout): boolean {
  return !isDecided(before, { ...after, status: before.status });
}
