import * as v from 'valibot';
import { count, nonNegative, positiveCount } from '../base/schema.js';

const percent = v.pipe(nonNegative, v.maxValue(100));

/** So many devices, or a share of them. */
export const deviceShareSchema = v.union([v.strictObject({ devices: count }), v.strictObject({ percent })]);
export type DeviceShare = v.InferOutput<typeof deviceShareSchema>;

/** Whole devices of `total` that a share allows: never more than it says. */
export function devicesOfShare(share: DeviceShare, total: number): number {
  if ('devices' in share) return share.devices;
  // Absorbs the rounding of the product, so that 20 % of 5 is 1.
  return Math.floor((share.percent / 100) * total + 1e-9);
}

/** What holds a rollout back beside its waves; what is left out does not. */
export const rolloutLimitsSchema = v.strictObject({
  /** Devices of a wave, and of those before it, that may fail or stay silent without failing or holding it. */
  failureBudget: v.exactOptional(deviceShareSchema),
  /** Devices that may be on the way to the package at once; at least one. */
  maxUnavailable: v.exactOptional(deviceShareSchema),
  /** Devices that may be told to begin in any minute. */
  ratePerMinute: v.exactOptional(v.pipe(positiveCount, v.maxValue(1_000_000))),
  /** Silence after which a device counts as unknown; if it is left out, the coordinator's. */
  silenceSecondsMax: v.exactOptional(v.pipe(positiveCount, v.maxValue(30 * 24 * 3600))),
});
export type RolloutLimits = v.InferOutput<typeof rolloutLimitsSchema>;

const minutesPerDay = 24 * 60;
const minuteOfDay = v.pipe(count, v.maxValue(minutesPerDay - 1));

/** A span of every day in the local time of a device, from its first minute to before its last; it may pass midnight. */
export const dailyWindowSchema = v.pipe(
  v.strictObject({ startMinute: minuteOfDay, endMinute: minuteOfDay }),
  v.check(({ startMinute, endMinute }) => startMinute !== endMinute, 'must have a length'),
);
export type DailyWindow = v.InferOutput<typeof dailyWindowSchema>;

/** Whether a minute of the day, from 0, is within the window. */
export function isWithinWindow({ startMinute, endMinute }: DailyWindow, minute: number): boolean {
  return startMinute < endMinute
    ? minute >= startMinute && minute < endMinute
    : minute >= startMinute || minute < endMinute;
}

/** `22:00-05:00` */
export function formatWindow({ startMinute, endMinute }: DailyWindow): string {
  return [startMinute, endMinute].map(formatMinute).join('-');
}

function formatMinute(minute: number): string {
  return [Math.floor(minute / 60), minute % 60].map((part) => String(part).padStart(2, '0')).join(':');
}
