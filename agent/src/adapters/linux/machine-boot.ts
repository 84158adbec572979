import { readText } from './files.js';

/** A random id that the kernel makes at each boot (proc(5)); null where there is no /proc. */
export function readMachineBootId(): string | null {
  return readText('/proc/sys/kernel/random/boot_id');
}
