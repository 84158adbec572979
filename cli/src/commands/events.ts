import type { DeviceEvent } from '@liquid-lln/protocol';
import type { Command } from 'commander';
import { describeEvent } from '../domain/event-text.js';
import { integerBetween } from '../domain/integer.js';
import type { Table } from '../domain/table.js';
import { type TargetOptions, targetOf } from '../domain/targets.js';
import { formatTime } from '../domain/units.js';
import { addOnlineOptions, addTargetOptions, type OnlineOptions, presentOnline } from '../online/online-command.js';
import { outputWidth, renderTable } from '../rendering/table.js';

interface EventsOptions extends OnlineOptions, TargetOptions {
  readonly limit: number;
}

/** `liquid-lln events`: what devices did, as they told it. */
export function register(program: Command): void {
  const command = program
    .command('events')
    .description('show what devices did: trials, confirmations, reverts, alerts');
  addTargetOptions(command).option('--limit <n>', 'at most so many of the last ones', integerBetween(1, 10_000), 50);
  addOnlineOptions(command).action((options: EventsOptions) =>
    presentOnline(command, options, async ({ client }) => {
      const { events } = await client.request({ kind: 'events', target: targetOf(options), limit: options.limit });
      const text = events.length === 0 ? 'no events yet' : renderTable(eventTable(events), outputWidth());
      return { document: { target: options.target, events }, text };
    }),
  );
}

function eventTable(events: readonly DeviceEvent[]): Table {
  return {
    head: ['WHEN', 'DEVICE', 'EVENT', 'DETAIL'],
    rows: events.map(({ atMs, deviceId, body }) => [formatTime(atMs), deviceId, body.kind, describeEvent(body)]),
  };
}
