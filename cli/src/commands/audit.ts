import type { AuditEntry } from '@liquid-lln/protocol';
import type { Command } from 'commander';
import { integerBetween } from '../domain/integer.js';
import { formatTime } from '../domain/units.js';
import { addOnlineOptions, type OnlineOptions, presentOnline } from '../online/online-command.js';

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
      const text = entries.length === 0 ? 'nothing recorded yet' : entries.map(auditText).join('\n');
      return { document: { entries }, text };
    }),
  );
}

/** Two lines an entry: who did what to what; then the reason and the details. */
function auditText({ sequence, atMs, actor, action, subject, reason, detail }: AuditEntry): string {
  const why = reason === null ? [] : [`reason: ${reason}`];
  const more = [...why, ...(detail === '' ? [] : [detail])].map((line) => `\n    ${line}`);
  return `${sequence}  ${formatTime(atMs)}  ${actor}: ${action} ${subject}${more.join('')}`;
}
