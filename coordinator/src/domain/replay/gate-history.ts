import { type GateFigures, type GateName, type GateSpan, gateSpansMax, type WaveHistory } from '@liquid-lln/protocol';
import { analysisOf, cleanInferencesOf } from '../analysis/analysis-gate.js';
import type { Rollout, Wave, WaveReport } from '../rollout.js';
import { judgeDevices, type PlanningReport } from '../rollout-planner.js';
import { isDone, isFailed } from '../wave-gate.js';

export const notBegun: WaveHistory = {
  startedMs: null,
  passedMs: null,
  promotedBy: null,
  failedMs: null,
  figures: null,
  gates: [],
};

/** The history of the wave that is out, with one more look at it. */
export function noteGate(history: WaveHistory, rollout: Rollout, report: PlanningReport, nowMs: number): WaveHistory {
  const { waveIndex } = rollout;
  const judged = report.waves[waveIndex];
  const wave = rollout.waves[waveIndex];
  if (judged === undefined || wave === undefined || wave.generation === null || history.failedMs !== null)
    return history;
  const { verdict, waitingFor } = judged;
  return {
    ...history,
    startedMs: wave.startedMs,
    promotedBy: wave.promoted?.by ?? null,
    failedMs: verdict === 'failed' ? nowMs : null,
    figures: figuresOf(rollout, report),
    gates: addSpan(history.gates, { gate: gateOf(rollout, wave, report, judged), verdict, why: waitingFor }, nowMs),
  };
}

function addSpan(
  spans: readonly GateSpan[],
  now: Pick<GateSpan, 'gate' | 'verdict' | 'why'>,
  nowMs: number,
): GateSpan[] {
  const last = spans.at(-1);
  if (last?.gate === now.gate && last.verdict === now.verdict)
    return [...spans.slice(0, -1), { ...last, untilMs: nowMs, why: now.why }];
  const closed = last === undefined ? [] : [{ ...last, untilMs: nowMs }];
  const next = [...spans.slice(0, -1), ...closed, { ...now, fromMs: nowMs, untilMs: nowMs }];
  // The first one says how it began; of a wave that flutters the newest say how it ended.
  return next.length <= gateSpansMax ? next : [...next.slice(0, 1), ...next.slice(-(gateSpansMax - 1))];
}

/** Which gate has the word: the first that holds, or the last of all that were passed. */
function gateOf(rollout: Rollout, wave: Wave, { members }: PlanningReport, { verdict }: WaveReport): GateName {
  const devices = judgeDevices(rollout, wave, rollout.waveIndex, members);
  if (devices.verdict !== 'successful')
    return verdict === 'failed' && devices.verdict !== 'failed' ? 'analysis' : 'devices';
  if (rollout.bakingSinceMs !== undefined) return 'bake';
  const { conditions } = rollout;
  if (conditions !== undefined && cleanInferencesOf(rollout) < conditions.evidenceMin) return 'evidence';
  return conditions?.isAnalysed === true && wave.passedMs === null ? 'analysis' : 'devices';
}

function figuresOf(rollout: Rollout, { members }: PlanningReport): GateFigures {
  const { waveIndex } = rollout;
  const assigned = members.filter((_, place) => (rollout.members[place]?.waveIndex ?? Infinity) <= waveIndex);
  const analysis = analysisOf(rollout);
  return {
    assigned: assigned.length,
    done: assigned.filter(({ progress }) => isDone(progress)).length,
    failed: assigned.filter(({ progress }) => isFailed(progress)).length,
    unknown: assigned.filter(({ progress }) => progress === 'unknown').length,
    cleanInferences: analysis?.cleanInferences ?? null,
    analysis: analysis?.verdict ?? null,
  };
}
