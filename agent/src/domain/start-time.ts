import { cohortPosition, cohortPositionEnd, type DeviceId, formatWindow, isWithinWindow } from '@liquid-lln/protocol';
import { type Assignment, installedIn, type StoreRecord, standbySlot } from './store-record.js';

/** Time as far as the beginning of a deployment depends on it. */
export interface StartTime {
  /** Since the agent learned of the instruction, or started. */
  readonly sinceTakenSeconds: number;
  /** By the device's own clock and time zone, from 0. */
  readonly minuteOfDay: number;
}

type Deploy = Extract<Assignment['instruction'], { kind: 'deploy' }>;

/**
 * What a deployment waits for before it takes its next step, in words; null if for nothing. Its turn comes before the
 * transfer; the window only keeps a package that is ready from going live.
 */
export function describeStartWait(
  record: StoreRecord,
  { spreadSeconds, window, package: { digest } }: Deploy,
  deviceId: DeviceId,
  time: StartTime,
): string | null {
  const isStaged = installedIn(record, standbySlot(record))?.package.digest === digest;
  if (isStaged)
    return window === undefined || isWithinWindow(window, time.minuteOfDay)
      ? null
      : `its window, ${formatWindow(window)} local time`;
  const leftSeconds = turnSeconds(record, spreadSeconds ?? 0, deviceId) - time.sinceTakenSeconds;
  return leftSeconds > 0 ? `its turn, in ${Math.ceil(leftSeconds)} s` : null;
}

/** The device's own part of the spread, another one in each rollout: devices need not agree on it. */
function turnSeconds({ generation }: StoreRecord, spreadSeconds: number, deviceId: DeviceId): number {
  return (cohortPosition(String(generation), deviceId) / cohortPositionEnd) * spreadSeconds;
}
