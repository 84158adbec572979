import type { MeasuredDevice } from '@liquid-lln/protocol';
import { type ExitCode, exitCodes } from '../exit-codes.js';

/** The exit status of a measurement whose figures are good: unless devices have none, or somebody interrupted it. */
export function measurementExitCode(devices: readonly MeasuredDevice[], wasInterrupted: boolean): ExitCode {
  if (wasInterrupted) return exitCodes.interrupted;
  const failed = devices.filter(({ state }) => state !== 'done');
  if (failed.length === 0) return exitCodes.done;
  const isLate = failed.every(({ error }) => error?.code === 'TIMED_OUT');
  return isLate ? exitCodes.timedOut : exitCodes.notSo;
}
