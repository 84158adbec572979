import type { DeviceId, DeviceKind, Environment, ReportedState } from '@liquid-lln/protocol';

/** A device as it describes itself, and its number. */
export interface KnownDevice {
  readonly deviceId: DeviceId;
  readonly kind: DeviceKind;
  readonly site: string;
  readonly environment: Environment;
  /** The running number that the device got when it was admitted; from 1. */
  readonly admission: number;
  readonly reported: ReportedState;
}

/** A device as plans see it: what it last said, and how long it has been silent. Possibly stale, never guessed. */
export interface FleetDevice extends KnownDevice {
  readonly isOnline: boolean;
  /** Since the coordinator last heard of it, or since the coordinator started, whichever is shorter. */
  readonly silentMs: number;
}

export type FleetView = ReadonlyMap<DeviceId, FleetDevice>;

/** What of a device's report decides over its rollout. */
export type PlannedReport = Pick<ReportedState, 'generation' | 'running' | 'slots' | 'activity' | 'outcome'>;

/** As much of a device as decides over its rollout: all that has to be kept to decide the same again. */
export interface PlannedDevice extends Omit<FleetDevice, 'reported'> {
  readonly reported: PlannedReport;
}

export type PlannedFleet = ReadonlyMap<DeviceId, PlannedDevice>;
