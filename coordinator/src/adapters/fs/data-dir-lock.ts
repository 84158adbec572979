import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { LlnError } from '@liquid-lln/protocol';
import { hasCode, storing } from './disk-errors.js';
import { withFile } from './durable-file.js';

const fileName = 'coordinator.lock';
const attemptsMax = 3;

/**
 * Takes a data folder for this process. A lock whose process is gone, which is what `kill -9` leaves behind, is taken
 * over.
 * @returns what gives the folder free again
 * @throws LlnError CONFIG_INVALID if another coordinator has it
 */
export async function lockDataDir(dataDir: string): Promise<() => Promise<void>> {
  const path = join(dataDir, fileName);
  for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
    if (await tryCreate(path)) return () => rm(path, { force: true });
    const holder = await readHolder(path);
    if (holder !== null && isAlive(holder.pid) && (await startOf(holder.pid)) === holder.start)
      throw new LlnError('CONFIG_INVALID', `another coordinator (process ${holder.pid}) works on ${dataDir}`, {
        dataDir,
        pid: holder.pid,
      });
    await rm(path, { force: true });
  }
  throw new LlnError('STORAGE_FAILED', `the lock ${path} cannot be taken`, { path });
}

interface Holder {
  readonly pid: number;
  /** When the process began: a number that another process of the same pid does not share. */
  readonly start: string;
}

async function tryCreate(path: string): Promise<boolean> {
  const content = `${process.pid} ${await startOf(process.pid)}\n`;
  try {
    await storing(() => withFile(path, 'wx', 0o644, (file) => file.writeFile(content)));
    return true;
  } catch (thrown) {
    if (thrown instanceof LlnError && hasCode(thrown.cause, 'EEXIST')) return false;
    await rm(path, { force: true });
    throw thrown;
  }
}

async function readHolder(path: string): Promise<Holder | null> {
  const content = await readFile(path, 'utf8').catch(() => '');
  const [pid, start] = content.trim().split(' ');
  return pid === undefined || start === undefined || !/^\d+$/.test(pid) ? null : { pid: Number(pid), start };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return thrown instanceof Error && 'code' in thrown && thrown.code === 'EPERM';
  }
}

/**
 * The kernel's start time of a process, where there is a /proc; elsewhere the pid has to do. A process that has ended
 * and only waits to be collected by its parent has none.
 */
async function startOf(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  if (stat === null) return '-';
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' ? 'ended' : (fields[19] ?? '-');
}
