import type { AuditEntry, DeviceEvent, RolloutSeries, RolloutSummary } from '@liquid-lln/protocol';

/** What is in a report of a rollout. */
export interface ReportData {
  readonly fleet: string;
  readonly rollout: RolloutSummary;
  readonly series: RolloutSeries;
  /** Of this rollout, oldest first. */
  readonly audit: readonly AuditEntry[];
  /** Of its devices in its time, oldest first; the device's own clock says when. */
  readonly events: readonly DeviceEvent[];
  /** What could not be found out, in words. */
  readonly missing: readonly string[];
}

/** How long after its end a rollout's devices still speak of it: rollbacks take their time. */
const afterwardsMs = 10 * 60_000;
/** Clocks of devices differ from the coordinator's. */
const clockSlackMs = 60_000;

/** Those events that belong to a rollout: of its devices, and in its time or about its package. */
export function eventsOfRollout(
  events: readonly DeviceEvent[],
  rollout: RolloutSummary,
  nowMs: number,
): readonly DeviceEvent[] {
  const members = new Set(rollout.members.map(({ deviceId }) => deviceId));
  const fromMs = rollout.createdMs - clockSlackMs;
  const untilMs = (rollout.endedMs ?? nowMs) + afterwardsMs;
  return events
    .filter(({ deviceId }) => members.has(deviceId))
    .filter((event) => (event.atMs >= fromMs && event.atMs <= untilMs) || isAbout(event, rollout))
    .sort((a, b) => a.atMs - b.atMs);
}

function isAbout({ body }: DeviceEvent, rollout: RolloutSummary): boolean {
  return 'package' in body && body.package !== null && body.package.digest === rollout.package?.digest;
}

/** Entries of the audit log about a rollout. */
export function auditOfRollout(entries: readonly AuditEntry[], { rolloutId }: RolloutSummary): readonly AuditEntry[] {
  return entries.filter(({ subject }) => subject === rolloutId);
}

/**
 * Whether the oldest entries that were read may already be later than the rollout's beginning.
 * @param limit how many were asked for
 */
export function isCutOff(entries: readonly { readonly atMs: number }[], limit: number, fromMs: number): boolean {
  const [oldest] = entries;
  return entries.length >= limit && oldest !== undefined && oldest.atMs > fromMs;
}
