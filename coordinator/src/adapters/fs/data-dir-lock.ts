import { link, readFile, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LlnError } from '@liquid-lln/protocol';
import type { ForeignLock, HeldLock, LeaderLock } from '../../ports/leader-lock.js';
import { hasCode, storing } from './disk-errors.js';
import { withFile } from './durable-file.js';

const fileName = 'coordinator.lock';
const attemptsMax = 3;
/** A process that was killed is gone after moments, unless the kernel holds it. */
const endMsMax = 10_000;
const endLookMs = 20;

/**
 * The lock of a data folder: a file with the process that has it. A lock whose process is gone, which is what `kill -9`
 * leaves behind, is taken over. Two processes that take over at the same moment may both believe that they have it; the
 * store then knows the later one only.
 */
export function dataDirLock(dataDir: string): LeaderLock {
  const path = join(dataDir, fileName);
  return {
    tryTake: async () => {
      for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
        const content = `${process.pid} ${await startOf(process.pid)}\n`;
        if (await tryCreate(path, content)) return { held: heldLock(path, content) };
        const holder = await readHolder(path);
        if (holder !== null && (await isThere(holder))) return { foreign: await foreignLock(path, holder) };
        await rm(path, { force: true });
      }
      throw new LlnError('STORAGE_FAILED', `the lock ${path} cannot be taken`, { path });
    },
  };
}

function heldLock(path: string, content: string): HeldLock {
  const isOurs = async () => (await readFile(path, 'utf8').catch(() => '')) === content;
  return {
    beat: async () => {
      if (!(await isOurs())) throw new LlnError('LEADERSHIP_LOST', `the lock ${path} is another process's`, { path });
      const now = new Date();
      await storing(() => utimes(path, now, now));
    },
    release: async () => {
      if (await isOurs()) await rm(path, { force: true });
    },
  };
}

async function foreignLock(path: string, holder: Holder): Promise<ForeignLock> {
  const beaten = await stat(path).catch(() => null);
  return { pid: holder.pid, sign: String(beaten?.mtimeMs ?? 0), end: () => endHolder(holder) };
}

async function endHolder(holder: Holder): Promise<void> {
  const { pid } = holder;
  const endMs = performance.now() + endMsMax;
  while (await isThere(holder)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch (thrown) {
      if (hasCode(thrown, 'EPERM'))
        throw new LlnError('PERMISSION_DENIED', `process ${pid} is another user's and has to be ended by hand`, {
          pid,
        });
    }
    if (performance.now() > endMs) throw new LlnError('TIMED_OUT', `process ${pid} does not end`, { pid });
    await sleep(endLookMs);
  }
}

interface Holder {
  readonly pid: number;
  /** When the process began: a number that another process of the same pid does not share. */
  readonly start: string;
}

/** By a link, so that nobody ever sees a lock without its content. */
async function tryCreate(path: string, content: string): Promise<boolean> {
  const own = `${path}.${process.pid}`;
  try {
    await storing(async () => {
      await withFile(own, 'w', 0o644, (file) => file.writeFile(content));
      await link(own, path);
    });
    return true;
  } catch (thrown) {
    if (thrown instanceof LlnError && hasCode(thrown.cause, 'EEXIST')) return false;
    throw thrown;
  } finally {
    await rm(own, { force: true });
  }
}

async function readHolder(path: string): Promise<Holder | null> {
  const content = await readFile(path, 'utf8').catch(() => '');
  const [pid, start] = content.trim().split(' ');
  return pid === undefined || start === undefined || !/^\d+$/.test(pid) ? null : { pid: Number(pid), start };
}

async function isThere({ pid, start }: Holder): Promise<boolean> {
  return isAlive(pid) && (await startOf(pid)) === start;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return hasCode(thrown, 'EPERM');
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
