import type { RolloutSummary } from '@liquid-lln/protocol';
import { viewAnalysis } from './analysis/analysis-gate.js';
import type { FleetView } from './fleet-view.js';
import type { PlanTime } from './member-observation.js';
import { packageOf, type Rollout } from './rollout.js';
import { viewStop } from './rollout-end.js';
import { reportRollout } from './rollout-planner.js';

/** A rollout with its planning report, as operators see it. */
export function summarizeRollout(rollout: Rollout, fleet: FleetView, time: PlanTime): RolloutSummary {
  const report = reportRollout(rollout, fleet, time);
  const analysis = viewAnalysis(rollout);
  return {
    rolloutId: rollout.rolloutId,
    kind: rollout.kind,
    status: rollout.status,
    target: rollout.target,
    environment: rollout.scope.kind === 'environment' ? rollout.scope.environment : null,
    package: packageOf(rollout),
    waveIndex: rollout.waveIndex,
    waves: rollout.waves.map((wave, index) => ({
      percent: wave.percent,
      devices: wave.devices,
      generation: wave.generation,
      startedMs: wave.startedMs,
      passedMs: wave.passedMs,
      ...(wave.promoted === null ? {} : { promotedBy: wave.promoted.by }),
      verdict: report.waves[index]?.verdict ?? 'inconclusive',
      waitingFor: report.waves[index]?.waitingFor.slice(0, 500) ?? '',
    })),
    members: rollout.members.map((member, index) => {
      const stop = member.final === null ? viewStop(rollout, member, fleet.get(member.deviceId)) : null;
      return {
        deviceId: member.deviceId,
        waveIndex: member.waveIndex,
        progress: report.members[index]?.progress ?? 'pending',
        before: member.before,
        now: report.members[index]?.now ?? null,
        outcome: report.members[index]?.outcome ?? null,
        waitingFor: report.members[index]?.waitingFor.slice(0, 300) ?? '',
        ...(stop === null ? {} : { stop }),
      };
    }),
    createdMs: rollout.createdMs,
    createdBy: rollout.createdBy,
    endedMs: rollout.endedMs,
    detail: rollout.detail,
    ...(analysis === null ? {} : { analysis }),
    ...(rollout.checklist === undefined ? {} : { checklist: rollout.checklist }),
  };
}
