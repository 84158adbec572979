import type { Clock, DeviceId, DeviceView, Digest, PackageIdentity, PackageView } from '@liquid-lln/protocol';
import { generationSchema, parseWith } from '@liquid-lln/protocol';
import { policyOf } from '../domain/alerting/device-sight.js';
import { type Desire, desiredPackage, desireOf, liveDesireOf } from '../domain/device-desire.js';
import { findFaults } from '../domain/device-faults.js';
import type { FleetDevice, FleetView, KnownDevice } from '../domain/fleet-view.js';
import { viewIsolation } from '../domain/isolation.js';
import { whyPassedOver } from '../domain/passing-over.js';
import { describeQuarantine } from '../domain/quarantine.js';
import type { DeviceRecord, PackageRecord } from '../domain/records.js';
import { describeOverdue } from '../domain/slot-deadline.js';
import { type FleetState, needsIn } from './fleet-state.js';
import type { Presence } from './presence.js';

/** The fleet as plans see it, at this moment. */
export function viewFleet(state: FleetState, presence: Presence): FleetView {
  const fleet = new Map<DeviceId, FleetDevice>();
  for (const record of state.devices.values()) fleet.set(record.deviceId, viewForPlans(record, presence));
  return fleet;
}

/** A device as its record has it. */
export function knownDevice({ deviceId, admission, reported }: DeviceRecord): KnownDevice {
  const { kind, site, environment } = reported;
  return { deviceId, kind, site, environment, admission, reported };
}

/** Written out field by field: every look makes one of each device. */
function viewForPlans(record: DeviceRecord, presence: Presence): FleetDevice {
  const { deviceId, admission, reported } = record;
  return {
    deviceId,
    kind: reported.kind,
    site: reported.site,
    environment: reported.environment,
    admission,
    reported,
    isOnline: presence.isOnline(deviceId),
    silentMs: presence.silentMs(deviceId),
  };
}

/** What is wrong with a device, by what its health message said at its head. */
export function viewFaults(
  device: FleetDevice,
  state: FleetState,
  presence: Presence,
): { readonly desired: PackageIdentity | null; readonly faults: string[] } {
  const live = liveDesireOf(device, state.documents);
  const desired = desiredPackage(live);
  const breaches = presence.healthOf(device.deviceId)?.head.breaches ?? [];
  const passedOver = whyPassedOver(device, state.documents, needsIn(state));
  return {
    desired,
    faults: [
      ...findFaults(device, breaches, desired, policyOf(live).heartbeatSeconds),
      ...(passedOver === null ? [] : [passedOver]),
    ],
  };
}

/** A device as operators see it. */
export function viewDevice(device: FleetDevice, state: FleetState, presence: Presence, clock: Clock): DeviceView {
  const desire = desireOf(device, state.documents);
  const { desired, faults } = viewFaults(device, state, presence);
  const health = presence.healthOf(device.deviceId)?.decode() ?? null;
  const silentMs = Math.round(device.silentMs);
  const isolation = viewIsolation(device, state.isolations);
  const overdue = describeOverdue(device, state.rollouts.values(), clock.wallMs());
  const isUsual = !isolation.isolated && isolation.progress === 'in-force';
  return {
    deviceId: device.deviceId,
    gatewayId: device.reported.gatewayId,
    kind: device.kind,
    site: device.site,
    environment: device.environment,
    admission: device.admission,
    online: device.isOnline,
    lastSeenMs: device.isOnline ? clock.wallMs() - silentMs : lastStored(state, device.deviceId),
    silentMs,
    desiredGeneration: generationOf(desire),
    desired,
    reported: device.reported,
    health,
    ...(isUsual ? {} : { isolation }),
    ...(overdue === null ? {} : { notes: [overdue] }),
    faults,
  };
}

export function viewPackage({ identity, ...record }: PackageRecord, state: FleetState): PackageView {
  const { sizeBytes, signedBy, registeredMs, registeredBy, quarantine } = record;
  const devices = countRunning(identity.digest, state);
  return {
    ...identity,
    sizeBytes,
    signedBy: [...signedBy],
    registeredMs,
    registeredBy,
    devices,
    ...(quarantine === null
      ? {}
      : { quarantine: { sinceMs: quarantine.sinceMs, why: describeQuarantine(quarantine) } }),
  };
}

function countRunning(digest: Digest, state: FleetState): number {
  return [...state.devices.values()].filter(
    ({ reported }) => reported.running?.digest === digest && reported.running.state === 'confirmed',
  ).length;
}

function lastStored(state: FleetState, device: DeviceId): number | null {
  return state.devices.get(device)?.lastSeenMs ?? null;
}

function generationOf(desire: Desire | null) {
  return desire?.generation ?? parseWith(generationSchema, 0, 'generation');
}
