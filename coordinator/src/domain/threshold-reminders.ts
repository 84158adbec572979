import type { AdoptedThresholds, DeviceId, HealthMessage } from '@liquid-lln/protocol';
import type { ThresholdRecord } from './records.js';
import { thresholdChanges } from './threshold-update.js';

/** How often a device was told thresholds again that it does not have in force. */
export interface ThresholdReminder {
  /** Of the record that it is told of. */
  readonly recordMs: number;
  readonly attempts: number;
  readonly nextMs: number;
}

/** What a device said last, as long as it is there. */
export interface ThresholdSight {
  readonly isOnline: boolean;
  readonly health: Pick<HealthMessage, 'digest' | 'thresholds'> | null;
}

export interface ThresholdReminders {
  /** To be told now. */
  readonly due: readonly AdoptedThresholds[];
  readonly reminders: ReadonlyMap<DeviceId, ThresholdReminder>;
}

/** The first telling, at the operator's command, has this long to show in the device's health. */
const patienceMs = 60_000;
/** The wait doubles each time. A device that never takes them up is left alone until it has been away or gets others. */
const attemptsMax = 6;

/**
 * Which devices do not have the thresholds in force that were stored for the package that they run: they were away when
 * an operator changed them.
 */
export function remindOfThresholds(
  records: Iterable<ThresholdRecord>,
  sightOf: (deviceId: DeviceId) => ThresholdSight,
  before: ReadonlyMap<DeviceId, ThresholdReminder>,
  nowMs: number,
): ThresholdReminders {
  const due: AdoptedThresholds[] = [];
  const reminders = new Map<DeviceId, ThresholdReminder>();
  for (const { atMs, actor: _, ...thresholds } of records) {
    const { deviceId, digest } = thresholds;
    const { isOnline, health } = sightOf(deviceId);
    if (!isOnline || health?.digest !== digest || thresholdChanges([thresholds], () => health).length === 0) continue;
    const known = before.get(deviceId);
    const first = { recordMs: atMs, attempts: 0, nextMs: atMs + patienceMs };
    const reminder = known?.recordMs === atMs ? known : first;
    const isDue = nowMs >= reminder.nextMs && reminder.attempts < attemptsMax;
    if (isDue) due.push(thresholds);
    const attempts = reminder.attempts + 1;
    const next = { recordMs: atMs, attempts, nextMs: nowMs + patienceMs * 2 ** reminder.attempts };
    reminders.set(deviceId, isDue ? next : reminder);
  }
  return { due, reminders };
}
