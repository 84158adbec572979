import {
  type IssueTally,
  issuesTalliedMax,
  type MemberProgress,
  type RolloutMember,
  type RolloutSummary,
  type RolloutTally,
  type WaveTally,
} from './rollout-summary.js';

/** What was asked of a device is so. */
const done: ReadonlySet<MemberProgress> = new Set(['confirmed', 'ready', 'freed']);
const failed: ReadonlySet<MemberProgress> = new Set(['reverted', 'refused']);

/** Whether what was asked of a device is so. */
export function isDone({ progress }: Pick<RolloutMember, 'progress'>): boolean {
  return done.has(progress);
}

/** Whether a device did not end, or does not stand, as it was meant to. */
export function hasIssue(member: Pick<RolloutMember, 'progress'>): boolean {
  return !isDone(member) && member.progress !== 'pending' && member.progress !== 'stopped';
}

/** Why a device of a rollout is where it is, in words; empty where nothing has to be said. */
export function outcomeReason({ outcome, progress, waitingFor }: RolloutMember): string {
  return failed.has(progress) && outcome !== null ? `${outcome.code}: ${outcome.detail}` : waitingFor;
}

/** The devices of a rollout in numbers: counted, or as they were when it was archived. */
export function tallyRollout({ archived, members, waves }: RolloutSummary): RolloutTally {
  if (archived !== undefined) return archived.tally;
  return {
    devices: members.length,
    outcomes: Object.fromEntries(countBy(members, ({ progress }) => progress)),
    waves: waves.map((_, index) => tallyWave(members.filter(({ waveIndex }) => waveIndex <= index))),
    issues: tallyIssues(members.filter(hasIssue)),
  };
}

function tallyWave(members: readonly RolloutMember[]): WaveTally {
  const count = (isMeant: (member: RolloutMember) => boolean) => members.filter(isMeant).length;
  return {
    assigned: members.length,
    done: count(isDone),
    failed: count(({ progress }) => failed.has(progress)),
    unknown: count(({ progress }) => progress === 'unknown'),
  };
}

function tallyIssues(members: readonly RolloutMember[]): IssueTally[] {
  const first = new Map<string, IssueTally>();
  for (const member of members) {
    const { deviceId, progress, outcome } = member;
    const code = failed.has(progress) && outcome !== null ? outcome.code : null;
    const key = `${progress}/${code}`;
    const reason = outcomeReason(member);
    const example = `${deviceId} ${progress}${reason === '' ? '' : `: ${reason}`}`.slice(0, 600);
    const known = first.get(key) ?? { progress, code, devices: 0, example };
    first.set(key, { ...known, devices: known.devices + 1 });
  }
  return [...first.values()].sort((a, b) => b.devices - a.devices).slice(0, issuesTalliedMax);
}

function countBy<T, K>(things: readonly T[], keyOf: (thing: T) => K): Map<K, number> {
  const counts = new Map<K, number>();
  for (const thing of things) counts.set(keyOf(thing), (counts.get(keyOf(thing)) ?? 0) + 1);
  return counts;
}
