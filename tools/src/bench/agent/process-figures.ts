import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Memory of a process, as the kernel counts it. */
export interface MemoryFigures {
  readonly rssMib: number;
  /** Written by it and shared with nobody: what it costs the machine. */
  readonly privateDirtyMib: number;
}

/** @param text of `/proc/PID/smaps_rollup`. @throws Error if a figure is not there */
export function parseSmapsRollup(text: string): MemoryFigures {
  const mib = (name: string): number => {
    const kib = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1];
    if (kib === undefined) throw new Error(`smaps_rollup has no ${name}`);
    return Number(kib) / 1_024;
  };
  return { rssMib: mib('Rss'), privateDirtyMib: mib('Private_Dirty') };
}

/** Of Linux on every architecture that Node.js runs on (USER_HZ). */
const ticksPerSecond = 100;

/** @param text of `/proc/PID/stat`. @returns seconds on a processor, in user mode and in the kernel */
export function parseCpuSeconds(text: string): number {
  // The name, in parentheses, may have blanks in it.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [user, system] = [Number(fields[11]), Number(fields[12])];
  if (!Number.isFinite(user + system)) throw new Error('stat has no processor times');
  return (user + system) / ticksPerSecond;
}

export function readMemory(pid: number): MemoryFigures {
  return parseSmapsRollup(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'));
}

export function readCpuSeconds(pid: number): number {
  return parseCpuSeconds(readFileSync(`/proc/${pid}/stat`, 'utf8'));
}

/** What a folder takes on the disk, in blocks of 512 bytes. */
export function diskBytes(folder: string): number {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => statSync(join(folder, name)).blocks * 512)
    .reduce((total, bytes) => total + bytes, 0);
}
