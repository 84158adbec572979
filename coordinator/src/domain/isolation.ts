import type { DeviceId, Isolation, IsolationDocument, IsolationView } from '@liquid-lln/protocol';
import type { FleetDevice } from './fleet-view.js';

/** What a device was told last about isolation, as the store keeps it: the retained message is only a copy. */
export interface IsolationRecord {
  readonly deviceId: DeviceId;
  readonly document: IsolationDocument;
}

/** What is told by device; a device that is not in it was never isolated. */
export type Isolations = ReadonlyMap<DeviceId, IsolationRecord>;

/** What an operator wants, and when. */
export interface IsolationWish {
  readonly isolated: boolean;
  readonly reason: string;
  readonly by: string;
  readonly nowMs: number;
}

/** What is to be told to devices that were not told so before; to the others nothing. */
export function decideIsolation(
  devices: readonly FleetDevice[],
  known: Isolations,
  wish: IsolationWish,
): IsolationRecord[] {
  const { isolated, reason, by, nowMs } = wish;
  return devices.flatMap((device) => {
    const before = known.get(device.deviceId)?.document ?? null;
    if (isIsolated(device, before) === isolated) return [];
    const revision = nextRevision(before, nowMs);
    return [{ deviceId: device.deviceId, document: { v: 1, revision, isolated, reason, by, atMs: nowMs } }];
  });
}

/** How a device stands to what it was told. */
export function viewIsolation(device: FleetDevice, known: Isolations): IsolationView {
  const document = known.get(device.deviceId)?.document ?? null;
  const own = ownIsolation(device);
  if (document !== null && (own?.revision ?? 0) < document.revision) {
    const { isolated, reason, by, atMs } = document;
    return { isolated, progress: device.isOnline ? 'awaited' : 'offline', told: { reason, by, atMs } };
  }
  if (own === null) return { isolated: false, progress: 'in-force', told: null };
  const { isolated, reason, by, sinceMs } = own;
  return { isolated, progress: 'in-force', told: { reason, by, atMs: document?.atMs ?? sinceMs } };
}

/** Whether a device is isolated, or will be when it has heard of it; what it has from a lost store counts, too. */
function isIsolated(device: FleetDevice, document: IsolationDocument | null): boolean {
  const own = ownIsolation(device);
  const newest = (own?.revision ?? 0) > (document?.revision ?? 0) ? own : document;
  return newest?.isolated ?? false;
}

function ownIsolation({ reported }: FleetDevice): Isolation | null {
  return reported.isolation ?? null;
}

/**
 * Beginning at the clock's seconds, so that a coordinator that lost its store is newer than itself before; and not at what
 * a device says, which could leave no number above it.
 */
function nextRevision(before: IsolationDocument | null, nowMs: number): number {
  return Math.max((before?.revision ?? 0) + 1, Math.floor(nowMs / 1_000));
}
