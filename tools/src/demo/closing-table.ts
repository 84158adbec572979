import type { DeviceEvent, RolloutSummary } from '@liquid-lln/protocol';
import Table from 'cli-table3';
import type { DeviceCounts } from './sensors/report.js';

/** How the bad package came and went. */
export interface BadPackageStory {
  readonly rollout: RolloutSummary;
  readonly reverts: readonly RevertedEvent[];
}

export type RevertedEvent = DeviceEvent & { readonly body: Extract<DeviceEvent['body'], { kind: 'reverted' }> };

export function isRevert(event: DeviceEvent): event is RevertedEvent {
  return event.body.kind === 'reverted';
}

/** One row of the table at the end. */
export interface DeviceOutcome {
  readonly deviceId: string;
  readonly before: string;
  readonly tried: string;
  readonly now: string;
  readonly reason: string;
  readonly tripToServing: string;
  readonly served: number;
  readonly failed: number;
}

/** What became of each device with the bad package. */
export function outcomesOf(
  { rollout, reverts }: BadPackageStory,
  now: ReadonlyMap<string, string>,
  counts: readonly DeviceCounts[],
): DeviceOutcome[] {
  return rollout.members.map((member) => {
    const revert = reverts.find((event) => event.deviceId === member.deviceId);
    const count = counts.find((one) => one.deviceId === member.deviceId);
    return {
      deviceId: member.deviceId,
      before: titleOf(member.before),
      tried: revert === undefined ? '-' : titleOf(revert.body.package),
      now: now.get(member.deviceId) ?? 'nothing',
      reason: revert === undefined ? 'not in the first wave' : revert.body.detail,
      tripToServing: revert === undefined ? '-' : `${revert.body.tripToServingMs.toFixed(1)} ms`,
      served: count?.served ?? 0,
      failed: count?.failed ?? 0,
    };
  });
}

function titleOf(identity: { readonly name: string; readonly version: string } | null): string {
  return identity === null ? 'nothing' : `${identity.name}@${identity.version}`;
}

export function renderOutcomes(outcomes: readonly DeviceOutcome[]): string {
  const table = new Table({
    head: ['device', 'before', 'tried', 'now', 'reason', 'trip to\nserving', 'requests\nserved', 'requests\nfailed'],
    colWidths: [null, null, null, null, 30, null, null, null],
    wordWrap: true,
    style: { head: [], border: [] },
  });
  for (const { deviceId, before, tried, now, reason, tripToServing, served, failed } of outcomes) {
    const packages = [before, tried, now].map(overTwoLines);
    table.push([deviceId, ...packages, reason, tripToServing, served, failed]);
  }
  return table.toString();
}

/** `name@1.2.3` with its version below it: the table fits a terminal. */
function overTwoLines(title: string): string {
  return title.replace('@', '\n@');
}
