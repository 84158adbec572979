import type { Announcement, ChannelName } from '@liquid-lln/protocol';
import type { ChecklistFacts } from './facts.js';

/** The newest notice that told of this package for these environments: a delivered one before one that is on its way. */
export function lastAnnouncement(
  { alerting, package: { digest }, devices }: Pick<ChecklistFacts, 'alerting' | 'package' | 'devices'>,
  sinceMs = 0,
): (Announcement & { readonly channel: ChannelName }) | null {
  const environments = new Set(devices.map(({ environment }) => environment));
  const told = [...alerting.channels.values()]
    .flatMap(({ channel, announcements = [] }) => announcements.map((each) => ({ ...each, channel })))
    .filter((each) => each.digest === digest && each.atMs >= sinceMs)
    .filter((each) => [...environments].every((environment) => each.environments.includes(environment)))
    .sort((a, b) => b.atMs - a.atMs);
  return told.find(({ deliveredMs }) => deliveredMs !== null) ?? told[0] ?? null;
}
