import { readFileSync } from 'node:fs';

/** A random id that the kernel makes at each boot (proc(5)); null where there is no /proc. */
export function readMachineBootId(): string | null {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return null;
  }
}
