import {
  type AuditEntry,
  type DeviceEvent,
  parseWith,
  type RolloutSummary,
  rolloutIdSchema,
} from '@liquid-lln/protocol';
import type { Command } from 'commander';
import { refuseUnwritable, writeWholeFile } from '../adapters/files.js';
import type { CoordinatorClient } from '../clients/coordinator-client.js';
import { auditOfRollout, eventsOfRollout, isCutOff, type ReportData } from '../domain/report/report-data.js';
import { reportPage } from '../domain/report/report-page.js';
import { rolloutTitle } from '../domain/rollout-text.js';
import { formatBytes } from '../domain/units.js';
import { addOnlineOptions, type Online, type OnlineOptions, presentOnline } from '../online/online-command.js';
import type { CommandResult } from '../output.js';

interface ReportOptions extends OnlineOptions {
  readonly rollout: string;
  readonly output: string;
  readonly force?: boolean;
}

/** As many entries of the audit log, and events, as the coordinator gives at once. */
const entriesMax = 10_000;

/** `liquid-lln report`: a rollout as one page to share. */
export function register(program: Command): void {
  const command = program
    .command('report')
    .description('write what a rollout did as one HTML file: plots, gates, timeline, devices')
    .requiredOption('--rollout <id>', 'which rollout')
    .requiredOption('-o, --output <file>', 'the page to write: report.html')
    .option('--force', 'replace the file if it exists');
  addOnlineOptions(command).action((options: ReportOptions) =>
    presentOnline(command, options, (online) => report(online, options)),
  );
}

async function report({ client }: Online, options: ReportOptions): Promise<CommandResult> {
  const force = options.force === true;
  refuseUnwritable(options.output, force);
  const data = await gather(client, options.rollout);
  const page = reportPage(data);
  writeWholeFile(options.output, page, { force });
  const { rollout, missing } = data;
  await client.request({ kind: 'report-written', rolloutId: rollout.rolloutId, file: options.output.slice(0, 500) });
  const sizeBytes = Buffer.byteLength(page);
  return {
    document: { file: options.output, sizeBytes, rolloutId: rollout.rolloutId, status: rollout.status, missing },
    text: [
      `${options.output}: ${formatBytes(sizeBytes)}, ${rolloutTitle(rollout)}`,
      ...missing.map((text) => `  missing: ${text}`),
    ].join('\n'),
  };
}

async function gather(client: CoordinatorClient, id: string): Promise<ReportData> {
  const rolloutId = parseWith(rolloutIdSchema, id, '--rollout', 'USAGE');
  const { rollout } = await client.request({ kind: 'rollout', rolloutId });
  const { series } = await client.request({ kind: 'rollout-series', rolloutId });
  const { entries } = await client.request({ kind: 'audit', limit: entriesMax });
  const target = { name: rollout.environment ?? 'all', environment: null };
  const { events } = await client.request({ kind: 'events', target, limit: entriesMax });
  return {
    fleet: client.fleet,
    rollout,
    series,
    audit: auditOfRollout(entries, rollout),
    events: eventsOfRollout(events, rollout, series.nowMs),
    missing: missingOf(rollout, entries, events),
  };
}

function missingOf(
  { createdMs, archived }: RolloutSummary,
  entries: readonly AuditEntry[],
  events: readonly DeviceEvent[],
): readonly string[] {
  const cut = (name: string) => `${name} of its beginning: only the newest ${entriesMax} are read`;
  return [
    ...(archived === undefined ? [] : ['plots, events and single devices: the rollout is archived']),
    ...(isCutOff(entries, entriesMax, createdMs) ? [cut('entries of the audit log')] : []),
    ...(isCutOff(events, entriesMax, createdMs) ? [cut('events')] : []),
  ];
}
