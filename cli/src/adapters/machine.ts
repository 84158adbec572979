import { spawnSync } from 'node:child_process';
import { statfsSync } from 'node:fs';

/** The first line of what `program` answers; null if it cannot be run or does not answer in time. */
export function firstLineOf(program: string, args: readonly string[]): string | null {
  const { status, stdout } = spawnSync(program, args, { encoding: 'utf8', timeout: 5_000 });
  return status === 0 ? (stdout.split('\n', 1)[0] ?? '') : null;
}

/** Bytes that an ordinary user may still write below `folder`. */
export function freeBytesAt(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}
