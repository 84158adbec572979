import { join } from 'node:path';
import { listFolder, readNumber, readText } from './files.js';

/** How much of the memory that the service may have is taken; null where nothing limits it. */
export interface CgroupMemory {
  readonly limitBytes: number;
  readonly usedBytes: number;
}

/**
 * The tightest limit on the agent's control group and all groups around it (cgroup v2: Documentation/admin-guide/
 * cgroup-v2.rst, `memory.max`, `memory.current`, `memory.stat`). Files that can be dropped from memory do not count.
 */
export function readCgroupMemory(sysfsRoot: string, procRoot: string): CgroupMemory | null {
  const line = readText(join(procRoot, 'self/cgroup'))
    ?.split('\n')
    .find((one) => one.startsWith('0::'));
  if (line === undefined) return null;
  const root = join(sysfsRoot, 'fs/cgroup');
  const parts = line
    .slice('0::'.length)
    .split('/')
    .filter((part) => part !== '');
  const folders = parts.map((_, index) => join(root, ...parts.slice(0, index + 1)));
  const limits = folders.map(readFolder).filter((one) => one !== null);
  return limits.reduce<CgroupMemory | null>(
    (tightest, one) => (tightest === null || shareOf(one) > shareOf(tightest) ? one : tightest),
    null,
  );
}

function readFolder(folder: string): CgroupMemory | null {
  if (!listFolder(folder).includes('memory.max')) return null;
  const limitBytes = readNumber(join(folder, 'memory.max')); // "max", no number, where there is no limit
  const current = readNumber(join(folder, 'memory.current'));
  if (limitBytes === null || limitBytes <= 0 || current === null) return null;
  return { limitBytes, usedBytes: Math.max(0, current - readInactiveFileBytes(folder)) };
}

function readInactiveFileBytes(folder: string): number {
  const statistics = readText(join(folder, 'memory.stat')) ?? '';
  const match = /^inactive_file (\d+)$/mu.exec(statistics);
  return match === null ? 0 : Number(match[1]);
}

function shareOf({ limitBytes, usedBytes }: CgroupMemory): number {
  return usedBytes / limitBytes;
}
