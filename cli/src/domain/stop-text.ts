import { outcomeReason, type RolloutMember, type RolloutSummary, type StopProgress } from '@liquid-lln/protocol';
import type { Table } from './table.js';
import { absent, formatPackage } from './units.js';

const stopTexts: Readonly<Record<StopProgress, string>> = {
  acknowledged: 'acknowledged',
  awaited: 'not yet',
  offline: 'offline: it hears of it when it returns',
};

/** The devices that were told to stop: those that had been told to begin. */
export function toldToStop(rollouts: readonly RolloutSummary[]): RolloutMember[] {
  return rollouts.flatMap(({ members }) => members.filter(({ stop }) => stop !== undefined));
}

/** Whether waiting makes sense: for devices that are there, and briefly for those that are away. */
export function isStopAwaited(rollouts: readonly RolloutSummary[], isPatient: boolean): boolean {
  return toldToStop(rollouts).some(
    ({ stop, progress }) =>
      stop === 'awaited' || (isPatient && stop === 'offline') || (stop === 'acknowledged' && progress === 'stopping'),
  );
}

export function countStopped(rollouts: readonly RolloutSummary[]): number {
  return toldToStop(rollouts).filter(({ stop }) => stop === 'acknowledged').length;
}

/** What became of each device that was told to stop. */
export function stopTable({ members }: RolloutSummary): Table {
  return {
    head: ['DEVICE', 'STOP', 'NOW', 'RESULT', 'WHY'],
    rows: members.map((member) => [
      member.deviceId,
      member.stop === undefined ? absent : stopTexts[member.stop],
      formatPackage(member.now),
      member.progress,
      outcomeReason(member) === '' ? absent : outcomeReason(member),
    ]),
  };
}

/** What changed from one look to the next, a line a device; all, where there was none before. */
export function stopChanges(before: readonly RolloutSummary[] | null, after: readonly RolloutSummary[]): string[] {
  const known = new Map(toldToStop(before ?? []).map((member) => [member.deviceId, stateText(member)]));
  return toldToStop(after)
    .filter((member) => known.get(member.deviceId) !== stateText(member))
    .map((member) => `  ${member.deviceId}: ${stateText(member)}`);
}

function stateText({ stop, progress }: RolloutMember): string {
  return stop === 'acknowledged' ? `${progress}, acknowledged` : stopTexts[stop ?? 'awaited'];
}
