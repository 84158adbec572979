import { userInfo } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { LlnError, toErrorReport } from '@liquid-lln/protocol';
import { backupFolders } from './adapters/fs/backup-folder.js';
import { dataDirLock } from './adapters/fs/data-dir-lock.js';
import { makeFolder } from './adapters/fs/durable-file.js';
import { SqliteFleetStore } from './adapters/sqlite/sqlite-fleet-store.js';
import { sqliteCopies } from './adapters/sqlite/store-copies.js';
import { systemClock } from './adapters/system/system-clock.js';
import { backUp } from './app/backup.js';
import { restore } from './app/restore.js';

/** What the program does beside leading a fleet. */
export const maintenanceCommands: readonly string[] = ['backup', 'restore'];

const usage = [
  'liquid-lln-coordinator backup --data-dir DIR --output FOLDER',
  'liquid-lln-coordinator restore --data-dir DIR --from FOLDER [--replace]',
].join('\n');

const options = {
  'data-dir': { type: 'string' },
  output: { type: 'string' },
  from: { type: 'string' },
  replace: { type: 'boolean', default: false },
} as const;

/**
 * Backs up or restores, and prints one JSON document: a summary, or an error.
 * @returns the exit status
 */
export async function maintain([command = '', ...args]: readonly string[]): Promise<number> {
  try {
    process.stdout.write(`${JSON.stringify(await work(command, args))}\n`);
    return 0;
  } catch (thrown) {
    process.stdout.write(`${JSON.stringify({ error: toErrorReport(thrown) })}\n`);
    return 1;
  }
}

async function work(command: string, args: readonly string[]): Promise<object> {
  const { dataDir, output, from, replace } = parse(args);
  const components = { stores: sqliteCopies, files: backupFolders, clock: systemClock };
  if (command === 'backup' && output !== undefined) return backUp(components, dataDir, resolve(output));
  if (command !== 'restore' || from === undefined) throw new LlnError('USAGE', usage);
  await makeFolder(dataDir);
  return restore(
    { ...components, lock: dataDirLock(dataDir), openStore: (path) => SqliteFleetStore.open(path) },
    { backup: resolve(from), dataDir, replace, actor: userInfo().username.slice(0, 64) },
  );
}

function parse(args: readonly string[]) {
  try {
    const { values } = parseArgs({ args: [...args], options });
    const { 'data-dir': dataDir, ...others } = values;
    if (dataDir === undefined) throw new Error('--data-dir is missing');
    return { ...others, dataDir: resolve(dataDir) };
  } catch (cause) {
    throw new LlnError('USAGE', `${cause instanceof Error ? cause.message : String(cause)}\n${usage}`, {}, cause);
  }
}
