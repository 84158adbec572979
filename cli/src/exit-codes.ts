import type { ErrorCode } from '@liquid-lln/protocol';

/** What a process that ran `liquid-lln` can tell from the exit status. */
export const exitCodes = {
  done: 0,
  /** The thing asked about is not so: verify failed, unhealthy, rolled back, or it could not be done. */
  notSo: 1,
  usage: 2,
  /** By a gate or a permission. */
  refused: 3,
  unreachable: 4,
  timedOut: 5,
  /** Ctrl-C, as shells count it: what was begun may go on without us. */
  interrupted: 130,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** What each says, for the manual. */
export const exitMeanings: Readonly<Record<keyof typeof exitCodes, string>> = {
  done: 'Done.',
  notSo: 'The thing asked about is not so: unhealthy, reverted, out of tolerance; or it could not be done.',
  usage: 'Usage: an option, a file, a name or a target that is not one.',
  refused: 'Refused, by a gate or for want of a permission.',
  unreachable: 'The coordinator cannot be reached, or does not answer.',
  timedOut: 'It took longer than it may.',
  interrupted: 'Ctrl-C; what the coordinator was told to do goes on.',
};

/** The codes of errors that mean something else than `notSo`. */
const exitCodeByError: Partial<Record<ErrorCode, ExitCode>> = {
  USAGE: exitCodes.usage,
  CONFIG_INVALID: exitCodes.usage,
  FILE_UNREADABLE: exitCodes.usage,
  FILE_UNWRITABLE: exitCodes.usage,
  INPUT_INVALID: exitCodes.usage,
  TARGET_UNKNOWN: exitCodes.usage,
  PACKAGE_UNKNOWN: exitCodes.usage,
  ROLLOUT_UNKNOWN: exitCodes.usage,
  ALERT_UNKNOWN: exitCodes.usage,
  CHANNEL_UNKNOWN: exitCodes.usage,
  INCIDENT_UNKNOWN: exitCodes.usage,
  PERMISSION_DENIED: exitCodes.refused,
  REFUSED_BY_GATE: exitCodes.refused,
  PACKAGE_QUARANTINED: exitCodes.refused,
  IMAGE_ABI_UNSUPPORTED: exitCodes.refused,
  BOARD_TOO_SMALL: exitCodes.refused,
  PACKAGE_UNSIGNED: exitCodes.refused,
  PACKAGE_KEY_UNTRUSTED: exitCodes.refused,
  PACKAGE_SIGNATURE_INVALID: exitCodes.refused,
  PACKAGE_VERSION_TAKEN: exitCodes.refused,
  ROLLOUT_CONFLICT: exitCodes.refused,
  ROLLOUT_STATE: exitCodes.refused,
  SLOT_LIVE: exitCodes.refused,
  SLOT_NOT_STAGED: exitCodes.refused,
  SLOT_NEEDED: exitCodes.refused,
  COORDINATOR_UNREACHABLE: exitCodes.unreachable,
  TIMED_OUT: exitCodes.timedOut,
  DATASET_UNKNOWN: exitCodes.usage,
  DATASET_TAKEN: exitCodes.refused,
  MEASUREMENT_UNKNOWN: exitCodes.usage,
};

/** The exit status that an error ends with. */
export function exitCodeOf(code: ErrorCode): ExitCode {
  return exitCodeByError[code] ?? exitCodes.notSo;
}
