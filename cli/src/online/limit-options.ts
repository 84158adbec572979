import type { DailyWindow, DeviceShare, RolloutLimits } from '@liquid-lln/protocol';
import { Option } from 'commander';
import { parseDailyWindow } from '../domain/daily-window.js';
import { parseDurationSeconds, parsePositiveDurationSeconds } from '../domain/duration.js';
import { integerBetween } from '../domain/integer.js';
import { parseDeviceShare } from '../domain/percent.js';

/** The options that hold a rollout back. */
export interface RolloutLimitOptions {
  readonly failureBudget?: DeviceShare;
  readonly maxUnavailable?: DeviceShare;
  readonly rate?: number;
  readonly silence?: number;
}

/** Those, and what says how devices begin and what becomes of the rollout when it fails. */
export interface LimitOptions extends RolloutLimitOptions {
  readonly spread?: number;
  readonly window?: DailyWindow;
  readonly onTrip?: 'wave' | 'rollout' | 'none';
}

export const rolloutLimitOptions: readonly Option[] = [
  new Option('--failure-budget <n>', 'devices, or a share such as 5%, that may fail or stay silent').argParser(
    parseDeviceShare,
  ),
  new Option('--max-unavailable <n>', 'devices, or a share such as 10%, on the way to the package at once').argParser(
    parseDeviceShare,
  ),
  new Option('--rate <n>', 'devices that may begin in a minute').argParser(integerBetween(1, 1_000_000)),
  new Option('--silence <duration>', 'when a silent device counts as unknown').argParser(parsePositiveDurationSeconds),
];

export const limitOptions: readonly Option[] = [
  ...rolloutLimitOptions,
  new Option('--spread <duration>', 'each device begins within this time, not all at once').argParser(
    parseDurationSeconds,
  ),
  new Option('--window <from-to>', 'only then packages go live, in local time: 22:00-05:00').argParser(
    parseDailyWindow,
  ),
  new Option('--on-trip <who>', 'who leaves the package when a wave fails').choices(['wave', 'rollout', 'none']),
];

/** What holds a rollout back; undefined if nobody said anything. */
export function rolloutLimitsOf(options: RolloutLimitOptions): RolloutLimits | undefined {
  const { failureBudget, maxUnavailable, rate, silence } = options;
  const limits: RolloutLimits = {
    ...(failureBudget === undefined ? {} : { failureBudget }),
    ...(maxUnavailable === undefined ? {} : { maxUnavailable }),
    ...(rate === undefined ? {} : { ratePerMinute: rate }),
    ...(silence === undefined ? {} : { silenceSecondsMax: Math.ceil(silence) }),
  };
  return Object.keys(limits).length === 0 ? undefined : limits;
}

/** What of a deploy request the options say; what nobody said is left out. */
export function limitsOf(options: LimitOptions) {
  const { spread, window, onTrip } = options;
  const limits = rolloutLimitsOf(options);
  return {
    ...(limits === undefined ? {} : { limits }),
    ...(spread === undefined ? {} : { spreadSeconds: spread }),
    ...(window === undefined ? {} : { window }),
    ...(onTrip === undefined ? {} : { onTrip }),
  };
}
