import { type ChecklistItem, LlnError, type PackageIdentity } from '@liquid-lln/protocol';
import { type Command, Option } from 'commander';
import { checklistSummary, checklistTable, nextText, openItems } from '../domain/checklist-text.js';
import { type TargetOptions, targetOf } from '../domain/targets.js';
import { exitCodes } from '../exit-codes.js';
import { findRegistered, loadPackage, parsePackageName } from '../online/load-package.js';
import {
  addOnlineOptions,
  addTargetOptions,
  type Online,
  type OnlineOptions,
  presentOnline,
} from '../online/online-command.js';
import type { CommandResult } from '../output.js';
import { outputWidth, renderTable } from '../rendering/table.js';

const phases = ['pre', 'during', 'post', 'all'] as const;

interface ChecklistOptions extends OnlineOptions, TargetOptions {
  readonly model?: string;
  readonly package?: string;
  readonly phase: (typeof phases)[number];
}

/** `liquid-lln checklist`: what a package still needs before, during and after its deployment, with the evidence. */
export function register(program: Command): void {
  const command = program
    .command('checklist')
    .description('show what a package still needs for a target, with the evidence; exit 3 while something is open');
  addTargetOptions(command)
    .addOption(new Option('--model <file>', 'the package: M.liquid').conflicts('package'))
    .option('--package <name@version>', 'a package that is registered already')
    .addOption(new Option('--phase <phase>', 'of the deployment').choices(phases).default('all'));
  addOnlineOptions(command).action((options: ChecklistOptions) =>
    presentOnline(command, options, (online) => checklist(online, options)),
  );
}

async function checklist({ client }: Online, options: ChecklistOptions): Promise<CommandResult> {
  const identity = await identityOf({ client }, options);
  const reply = await client.request({ kind: 'checklist', target: targetOf(options), package: identity });
  const items = reply.checklist.items
    .filter(({ phase }) => options.phase === 'all' || phase === options.phase)
    .map((item) => withFile(item, options.model));
  const shown = { ...reply.checklist, items };
  const isDone = openItems(shown).length === 0;
  const next = nextText(openItems(shown));
  return {
    document: { ...shown, isDone },
    text: [renderTable(checklistTable(items), outputWidth()), next, checklistSummary(shown)]
      .filter((part) => part !== '')
      .join('\n\n'),
    exitCode: isDone ? exitCodes.done : exitCodes.refused,
  };
}

/** The coordinator need not have it yet. */
async function identityOf(
  { client }: Pick<Online, 'client'>,
  { model, package: registered }: ChecklistOptions,
): Promise<PackageIdentity> {
  if (model !== undefined) return loadPackage(model).identity;
  if (registered === undefined)
    throw new LlnError('USAGE', 'say which package: --model FILE or --package name@version');
  const wanted = parsePackageName(registered);
  return { ...wanted, digest: await findRegistered(client, wanted) };
}

/** The coordinator does not know where the file of a package is that it does not have. */
function withFile(item: ChecklistItem, model = 'FILE'): ChecklistItem {
  const quoted = /^[\w./-]+$/.test(model) ? model : `'${model.replaceAll("'", `'\\''`)}'`;
  return { ...item, next: item.next.map((step) => step.replace('--model FILE', () => `--model ${quoted}`)) };
}
