import { defaultPolicy, heartbeatsMissedMax } from '@liquid-lln/protocol';
import type { PlannedFleet } from './fleet-view.js';
import type { PlanTime } from './member-observation.js';
import { isOpen, type Rollout, type WaveReport } from './rollout.js';

/**
 * The verdict over the last wave while its devices are watched on: what had passed waits for the end of that time, and
 * for a sign of life of every device. A device that leaves the package meanwhile fails it as in its trial. Its limits
 * are those of its trial, evaluated on the device.
 */
export function judgeBake(rollout: Rollout, judged: WaveReport, fleet: PlannedFleet, { nowMs }: PlanTime): WaveReport {
  const { bakingSinceMs, bakeSeconds = 0 } = rollout;
  if (bakingSinceMs === undefined || judged.verdict !== 'successful' || !isOpen(rollout)) return judged;
  const elapsedSeconds = Math.floor((nowMs - bakingSinceMs) / 1_000);
  if (elapsedSeconds < bakeSeconds)
    return { verdict: 'inconclusive', waitingFor: `the bake: ${Math.max(0, elapsedSeconds)} of ${bakeSeconds} s` };
  const silent = rollout.members.map(({ deviceId }) => deviceId).filter((id) => !isHeard(rollout, id, fleet));
  if (silent.length === 0) return judged;
  return { verdict: 'error', waitingFor: `the bake is over; nothing is known of ${silent.slice(0, 3).join(', ')}` };
}

function isHeard({ instruction }: Rollout, id: Rollout['members'][number]['deviceId'], fleet: PlannedFleet): boolean {
  const policy = instruction.kind === 'deploy' ? instruction.policy : defaultPolicy;
  const device = fleet.get(id);
  return device?.isOnline === true && device.silentMs <= heartbeatsMissedMax * policy.heartbeatSeconds * 1_000;
}
