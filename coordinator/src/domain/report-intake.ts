import {
  type DeviceStatus,
  type HealthMessage,
  isLaterMessage,
  type MessagePlace,
  type ReportedState,
} from '@liquid-lln/protocol';
import type { DeviceRecord } from './records.js';

/** Epochs remembered as lost; a device that loses its store more often than that has other troubles. */
const retiredEpochsMax = 8;

/**
 * The record after a report, or null if the report is older than what is known: doubled, late, or of a store that
 * the device has lost since.
 */
export function takeReport(known: DeviceRecord, reported: ReportedState, nowMs: number): DeviceRecord | null {
  const { epoch } = known.reported;
  if (reported.epoch === epoch) {
    const isNews = isLaterMessage(placeOf(known.reported), placeOf(reported));
    return isNews ? { ...known, reported, lastSeenMs: nowMs } : null;
  }
  if (known.retiredEpochs.includes(reported.epoch)) return null;
  const retiredEpochs = [...known.retiredEpochs, epoch].slice(-retiredEpochsMax);
  return { ...known, reported, retiredEpochs, lastSeenMs: nowMs };
}

/** The record for a new beginning: whatever the device reports next counts, however its numbers compare. */
export function forgetOrder(known: DeviceRecord): DeviceRecord {
  return { ...known, reported: { ...known.reported, sequence: 1 }, retiredEpochs: [] };
}

/** Where a health message stands among those of its device. */
export interface HealthPlace extends Pick<HealthMessage, 'epoch' | 'sequence'> {
  readonly unrecordedStart?: string | undefined;
}

/** Whether a window of health is newer than the one that is known. */
export function isNewerHealth(known: HealthPlace | undefined, health: HealthPlace): boolean {
  return known?.epoch !== health.epoch || isLaterMessage(placeOf(known), placeOf(health));
}

/** Whether a status says something new. The will of an old connection comes late and says nothing about the new one. */
export function isNewerStatus(
  known: DeviceStatus | undefined,
  status: DeviceStatus,
  retiredEpochs: readonly string[],
): boolean {
  if (retiredEpochs.includes(status.epoch)) return false;
  if (known === undefined || known.epoch !== status.epoch) return true;
  const [before, now] = [placeOfStatus(known), placeOfStatus(status)];
  const isSameConnection = before.number === now.number && before.unrecordedStart === now.unrecordedStart;
  return isSameConnection ? known.online : isLaterMessage(before, now);
}

function placeOf({ sequence, unrecordedStart }: ReportedState | HealthPlace): MessagePlace {
  return { number: sequence, unrecordedStart };
}

function placeOfStatus({ connection, unrecordedStart }: DeviceStatus): MessagePlace {
  return { number: connection, unrecordedStart };
}
