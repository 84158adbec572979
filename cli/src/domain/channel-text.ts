import type { ChannelView } from '@liquid-lln/protocol';
import type { Table } from './table.js';
import { absent, formatTime } from './units.js';

export function channelTable(channels: readonly ChannelView[]): Table {
  return {
    head: ['CHANNEL', 'KIND', 'FOR', 'WAITING', 'LOST', 'STATE', 'TEST'],
    rows: channels.map((view) => [
      view.channel,
      view.kind,
      [...view.roles, ...view.topics].join(', ') || absent,
      String(view.waiting),
      String(view.lost),
      stateText(view),
      testText(view),
    ]),
  };
}

function stateText({ failing, deliveredMs }: ChannelView): string {
  if (failing !== null) return `fails since ${formatTime(failing.sinceMs)}: ${failing.detail}`;
  return deliveredMs === null ? 'not used yet' : `works, last at ${formatTime(deliveredMs)}`;
}

function testText({ test }: ChannelView): string {
  if (test === null) return 'never';
  if (test.acknowledged !== null) return `acknowledged by ${test.acknowledged.by}`;
  return test.deliveredMs === null ? 'on its way' : 'delivered, not acknowledged';
}
