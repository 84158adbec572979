import type { AuditEntry } from '@liquid-lln/protocol';
import type { Command } from 'commander';
import { integerBetween } from '../domain/integer.js';
import type { Table } from '../domain/table.js';
import { absent, formatTime } from '../domain/units.js';
import { addOnlineOptions, type OnlineOptions, presentOnline } from '../online/online-command.js';
import { outputWidth, renderTable } from '../rendering/table.js';

interface AuditOptions extends OnlineOptions {
  readonly limit: number;
}

/** `liquid-lln audit`: who did what, when and why. */
export function register(program: Command): void {
  const command = program
    .command('audit')
    .description('show who did what, when and why')
    .option('--limit <n>', 'at most so many of the last entries', integerBetween(1, 10_000), 50);
  addOnlineOptions(command).action((options: AuditOptions) =>
    presentOnline(command, options, async ({ client }) => {
      const { entries } = await client.request({ kind: 'audit', limit: options.limit });
      const text = entries.length === 0 ? 'nothing recorded yet' : renderTable(auditTable(entries), outputWidth());
      return { document: { entries }, text };
    }),
  );
}

function auditTable(entries: readonly AuditEntry[]): Table {
  return {
    head: ['#', 'WHEN', 'WHO', 'DID', 'TO', 'WHY', 'DETAIL'],
    rows: entries.map((entry) => [
      `${entry.sequence}`,
      formatTime(entry.atMs),
      entry.actor,
      entry.action,
      entry.subject,
      entry.reason ?? absent,
      entry.detail,
    ]),
  };
}
