import type { StoreRecord } from './store-record.js';

/** Crashes in a row, none of them after a minute of running, for which a confirmed package is left. */
export const crashesInRowMax = 3;
/** An agent that has run for so long has not crashed at its start. */
export const survivalSeconds = 60;

export interface CountedStart {
  readonly record: StoreRecord;
  /** Whether the run before this one crashed. */
  readonly hasCrashed: boolean;
}

/**
 * A start after a run that neither stopped by itself nor went down with the machine is a start after a crash.
 * @param machineBootId of the boot that the machine is in; null where nobody counts crashes, as for boards.
 */
export function countStart(record: StoreRecord, machineBootId: string | null): CountedStart {
  const hasCrashed = machineBootId !== null && record.runningSince === machineBootId;
  const crashesInRow = hasCrashed ? record.crashesInRow + 1 : record.crashesInRow;
  return { record: { ...record, crashesInRow, runningSince: machineBootId }, hasCrashed };
}

export function isCrashLoop({ crashesInRow }: StoreRecord): boolean {
  return crashesInRow >= crashesInRowMax;
}

/** The agent has run for a minute, or another package begins with a count of its own. */
export function forgetCrashes(record: StoreRecord): StoreRecord {
  return record.crashesInRow === 0 ? record : { ...record, crashesInRow: 0 };
}

/** The agent stops because it was told to. */
export function noteStop(record: StoreRecord): StoreRecord {
  return record.runningSince === null ? record : { ...record, runningSince: null };
}
