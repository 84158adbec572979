import { limits } from '@liquid-lln/protocol';

/** One thing that was looked at. */
export interface Finding {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
  /** What to do about it; null if it is well. */
  readonly remedy: string | null;
}

export function finding(name: string, ok: boolean, detail: string, remedy: string): Finding {
  return { name, ok, detail, remedy: ok ? null : remedy };
}

/** @param range such as `>=20.15`, as package.json has it */
export function judgeNode(version: string, range: string): Finding {
  const [major = 0, minor = 0] = numbersIn(version);
  const [majorMin = 0, minorMin = 0] = numbersIn(range);
  const isNewEnough = major > majorMin || (major === majorMin && minor >= minorMin);
  return finding('Node.js', isNewEnough, version, `Install Node.js ${majorMin}.${minorMin} or newer.`);
}

function numbersIn(text: string): number[] {
  return (text.match(/\d+/g) ?? []).map(Number);
}

/** Both slots, a package on its way, and as much again for the events and what else shares the disk. */
const freeBytesMin = 4 * limits.packageBytesMax;
const freeInodesMin = 1_000;

export interface DiskFacts {
  readonly folder: string;
  readonly freeBytes: number;
  /** Null where the file system does not count them. */
  readonly freeInodes: number | null;
}

export function judgeDisk({ folder, freeBytes, freeInodes }: DiskFacts): Finding {
  const isEnough = freeBytes >= freeBytesMin && (freeInodes === null || freeInodes >= freeInodesMin);
  const detail = `${toMib(freeBytes)} MiB and ${freeInodes ?? 'any number of'} files more`;
  const remedy = `Free some space at ${folder}: ${toMib(freeBytesMin)} MiB and ${freeInodesMin} files are needed.`;
  return finding('disk', isEnough, detail, remedy);
}

function toMib(bytes: number): number {
  return Math.floor(bytes / 2 ** 20);
}

/** The first of January 2026: nothing of this version existed before. */
const earliestMs = 1_767_225_600_000;

export interface ClockFacts {
  readonly wallMs: number;
  /** The same for people. */
  readonly wallText: string;
  /** Whether systemd-timesyncd has said so; null where it does not run. */
  readonly isSynchronised: boolean | null;
}

/** A clock that is not synchronised is only worth a word: nothing that the agent decides depends on it. */
export function judgeClock({ wallMs, wallText, isSynchronised }: ClockFacts): Finding {
  const how = { true: 'synchronised', false: 'not synchronised yet', null: 'nobody says whether synchronised' };
  const detail = `${wallText}, ${how[`${isSynchronised}`]}`;
  const remedy = 'Set the time: times in reports and the check of TLS certificates depend on it.';
  return finding('clock', wallMs >= earliestMs, detail, remedy);
}

export interface SerialPort {
  readonly path: string;
  readonly isUsable: boolean;
}

export function judgeSerialPorts(ports: readonly SerialPort[]): Finding {
  const locked = ports.filter(({ isUsable }) => !isUsable).map(({ path }) => path);
  const seen = ports.map(({ path }) => path).join(', ');
  const detail =
    ports.length === 0 ? 'none is plugged in' : locked.length === 0 ? seen : `no access to ${locked.join(', ')}`;
  return finding('serial ports', locked.length === 0, detail, 'Add this user to the group that owns them (dialout).');
}
