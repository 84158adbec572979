import type { RolloutMember, RolloutSummary, RolloutWave } from '@liquid-lln/protocol';
import { formatDuration } from './duration.js';
import { isDone, outcomeOf } from './rollout-outcome.js';
import { doneWord, outcomeReason, rolloutTitle } from './rollout-text.js';
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
    gates: rollout.waves.map((wave, index) => describeGate(rollout, wave, index)),
    issues: rollout.members.filter(hasIssue).map((member) => describeIssue(member)),
  };
}

function describeGate(rollout: RolloutSummary, wave: RolloutWave, index: number): string {
  const name = `wave ${index + 1} (${wave.percent} %)`;
  if (wave.startedMs === null) return `${name}: never began`;
  const assigned = rollout.members.filter(({ waveIndex }) => waveIndex <= index);
  const count = (...progress: RolloutMember['progress'][]) =>
    assigned.filter((member) => progress.includes(member.progress)).length;
  const numbers = `${assigned.filter(isDone).length} of ${assigned.length} ${doneWord(rollout)}, ${count('reverted', 'refused')} failed, ${count('unknown')} silent`;
  const passedMs = wave.passedMs ?? null;
  const took = passedMs === null ? 'did not pass' : `passed after ${formatDuration(passedMs - wave.startedMs)}`;
  const promoted = wave.promotedBy === undefined ? '' : `, promoted by ${wave.promotedBy}`;
  return `${name}: ${numbers}; ${took}${promoted}`;
}

/** Whether a device did not end, or does not stand, as it was meant to. */
export function hasIssue(member: RolloutMember): boolean {
  return !isDone(member) && member.progress !== 'pending' && member.progress !== 'stopped';
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
