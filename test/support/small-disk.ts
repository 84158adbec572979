import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';

/** A file system of a few megabytes that a test can fill and empty. */
export interface SmallDisk {
  readonly path: string;
  /** Takes all of the room. */
  fill(): void;
  /** Gives it back. */
  empty(): void;
}

/** Why none can be mounted here, as the reason to skip a test; false where it works. */
export function whyNoSmallDisk(): string | false {
  const path = mkdtempSync(join(tmpdir(), 'lln-small-disk-'));
  try {
    mount(path, 64);
    unmount(path);
    return false;
  } catch {
    rmSync(path, { recursive: true });
    return 'mounting a small file system needs root';
  }
}

/** Mounts one; it is gone with the test. */
export function mountSmallDisk(t: Test, sizeKb: number): SmallDisk {
  const path = mkdtempSync(join(tmpdir(), 'lln-small-disk-'));
  mount(path, sizeKb);
  t.teardown(() => unmount(path));
  const ballast = join(path, 'ballast');
  return {
    path,
    fill: () => {
      const { bavail, bsize } = statfsSync(path);
      writeFileSync(ballast, Buffer.alloc(bavail * bsize, 1));
    },
    empty: () => rmSync(ballast),
  };
}

function mount(path: string, sizeKb: number): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeKb}k`, 'tmpfs', path], { stdio: 'ignore' });
}

/** Lazily: a process that has just been killed may still hold a file of it. */
function unmount(path: string): void {
  execFileSync('umount', ['--lazy', path]);
  rmSync(path, { recursive: true });
}
