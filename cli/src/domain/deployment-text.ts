import {
  hasIssue,
  outcomeReason,
  type RolloutMember,
  type RolloutSummary,
  type RolloutWave,
  tallyRollout,
  type WaveTally,
} from '@liquid-lln/protocol';
import { formatDuration } from './duration.js';
import { outcomeOf } from './rollout-outcome.js';
import { doneWord, issueLines, rolloutTitle } from './rollout-text.js';
import { formatTime } from './units.js';

/** One entry of the deployment log: who, what, when, each gate with its numbers, what went wrong, and how long it took. */
export interface DeploymentEntry {
  readonly rolloutId: string;
  readonly what: string;
  readonly who: string;
  readonly createdMs: number;
  readonly endedMs: number | null;
  readonly durationMs: number | null;
  readonly result: string;
  readonly asked: number;
  readonly confirmed: number;
  /** What those are: `confirmed`, `ready` or `freed`. */
  readonly doneAs: string;
  readonly gates: readonly string[];
  readonly issues: readonly string[];
}

export function deploymentOf(rollout: RolloutSummary): DeploymentEntry {
  const { rolloutId, createdMs, createdBy, endedMs, status, detail } = rollout;
  const { asked, confirmed } = outcomeOf(rollout);
  const { waves } = tallyRollout(rollout);
  return {
    rolloutId,
    what: rolloutTitle(rollout),
    who: createdBy,
    createdMs,
    endedMs,
    durationMs: endedMs === null ? null : Math.max(0, endedMs - createdMs),
    result: detail === '' ? status : `${status}: ${detail}`,
    asked,
    confirmed,
    doneAs: doneWord(rollout),
    gates: rollout.waves.map((wave, index) => describeGate(rollout, wave, index, waves[index])),
    issues: [...rollout.members.filter(hasIssue).map((member) => describeIssue(member)), ...issueLines(rollout)],
  };
}

function describeGate(
  rollout: RolloutSummary,
  wave: RolloutWave,
  index: number,
  { assigned, done, failed, unknown }: WaveTally = { assigned: 0, done: 0, failed: 0, unknown: 0 },
): string {
  const name = `wave ${index + 1} (${wave.percent} %)`;
  if (wave.startedMs === null) return `${name}: never began`;
  const numbers = `${done} of ${assigned} ${doneWord(rollout)}, ${failed} failed, ${unknown} silent`;
  const passedMs = wave.passedMs ?? null;
  const took = passedMs === null ? 'did not pass' : `passed after ${formatDuration(passedMs - wave.startedMs)}`;
  const promoted = wave.promotedBy === undefined ? '' : `, promoted by ${wave.promotedBy}`;
  return `${name}: ${numbers}; ${took}${promoted}`;
}

function describeIssue(member: RolloutMember): string {
  const why = outcomeReason(member);
  return `${member.deviceId} ${member.progress}${why === '' ? '' : `: ${why}`}`;
}

/** An entry as people read it. */
export function deploymentText(entry: DeploymentEntry): string {
  const ended = entry.endedMs === null ? 'still open' : formatTime(entry.endedMs);
  const took = entry.durationMs === null ? '' : `, took ${formatDuration(entry.durationMs)}`;
  return [
    `${formatTime(entry.createdMs)}  ${entry.what}`,
    `  by ${entry.who}; ended: ${ended}${took}; ${entry.confirmed} of ${entry.asked} ${entry.doneAs}`,
    `  result: ${entry.result}`,
    ...entry.gates.map((gate) => `  gate: ${gate}`),
    ...entry.issues.map((issue) => `  issue: ${issue}`),
  ].join('\n');
}
