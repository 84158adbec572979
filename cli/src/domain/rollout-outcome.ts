import {
  isDone,
  type MemberProgress,
  type RolloutMember,
  type RolloutStatus,
  type RolloutSummary,
  tallyRollout,
} from '@liquid-lln/protocol';

/** What a rollout came to, of what was asked for. */
export interface RolloutOutcome {
  /** Devices of the waves that were asked for. */
  readonly asked: number;
  /** Those that have it, in the way that was asked for. */
  readonly confirmed: number;
  /** Everything asked for is so. */
  readonly isDone: boolean;
}

const unsettled: ReadonlySet<MemberProgress> = new Set(['receiving', 'staged', 'trial']);
const endedOtherwise: ReadonlySet<MemberProgress> = new Set([
  'reverted',
  'refused',
  'unknown',
  'stopped',
  'rolled-back',
]);

/** Goes on, or will when somebody lets it. */
const underWay: ReadonlySet<RolloutStatus> = new Set(['proposed', 'running', 'paused']);

/** Whether a rollout may still do something. */
export function isOpen({ status }: RolloutSummary): boolean {
  return underWay.has(status) || status === 'waiting';
}

/** How many of the devices asked for have it; those beyond the last wave (`--subset`) were not asked for. */
export function outcomeOf(rollout: RolloutSummary): RolloutOutcome {
  const { assigned: asked, done: confirmed } = tallyRollout(rollout).waves.at(-1) ?? { assigned: 0, done: 0 };
  const hasPassed = rollout.status === 'succeeded' || rollout.status === 'waiting' || isRollbackOver(rollout);
  return { asked, confirmed, isDone: hasPassed && confirmed === asked };
}

/**
 * Whether a rollout does not move any more by itself. A rollback also waits for devices that are away: for whoever
 * watches, it is over when every device has done it, failed, or counts as unknown.
 */
export function isAtRest(rollout: RolloutSummary): boolean {
  return !underWay.has(rollout.status) || isRollbackOver(rollout);
}

/** Whether no device is on the way between two packages any more. */
export function isSettled(rollout: RolloutSummary): boolean {
  const isOnTheWay = ({ progress, stop }: RolloutMember) =>
    unsettled.has(progress) || (progress === 'stopping' && stop !== 'offline');
  return isAtRest(rollout) && !rollout.members.some(isOnTheWay);
}

function isRollbackOver({ kind, members }: RolloutSummary): boolean {
  return kind === 'rollback' && members.every((member) => isDone(member) || endedOtherwise.has(member.progress));
}
