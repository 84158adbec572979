import type {
  AdoptedThresholds,
  AdoptFindings,
  Clock,
  DeviceId,
  Environment,
  Findings,
  LiquidPackage,
  MeasurementProgress,
  MeasurementSpec,
} from '@liquid-lln/protocol';
import type { StoreRecord } from '../../domain/store-record.js';
import type { HttpAnswer } from '../../ports/ask-self.js';
import type { CpuClock } from '../../ports/cpu-clock.js';
import type { PackageSource } from '../../ports/package-source.js';
import type { SensorReadings } from '../../ports/sensors.js';
import type { Subject } from './subject.js';

export type SpecOf<K extends MeasurementSpec['kind']> = Extract<MeasurementSpec, { kind: K }>;

/** What limits a device is held to, as far as measurements ask. */
export interface DeviceLimits {
  readonly temperatureMinC: number;
  readonly temperatureMaxC: number;
  readonly memoryRatioMax: number;
}

/** What a drill may have of its device. */
export interface DrilledDevice {
  readonly environment: Environment;
  readonly record: () => StoreRecord;
  /** Returns when the trial serves. @throws what kept it from that; the signal's reason */
  readonly begin: (signal: AbortSignal) => Promise<void>;
  /** The package on standby; null without one. @throws LlnError if its file is not as it should be */
  readonly candidate: () => Promise<LiquidPackage | null>;
  /** Everybody's requests since the agent began. */
  readonly counts: () => { readonly served: number; readonly failed: number };
  /** Of the last return. */
  readonly tripToServingMs: () => number | null;
  /** Has the broker take the device's report. */
  readonly report: () => Promise<unknown>;
  /** The oldest event that the coordinator has not stored; null if it has all. */
  readonly oldestUntold: () => number | null;
}

/** What a measurement may have of its device. */
export interface MeasuredDeviceParts {
  readonly deviceId: DeviceId;
  /** What the sensors said last. */
  readonly readings: () => SensorReadings;
  readonly limits: () => DeviceLimits;
  /** Errors held against the live package lately. */
  readonly errors: () => number;
  /** Posts a body to the device's own `/inference`, as a client does. */
  readonly ask: (body: string) => Promise<HttpAnswer>;
  /** Sends a health message now, and says which. */
  readonly tellHealth: () => { readonly epoch: string; readonly sequence: number } | null;
  readonly drill: DrilledDevice;
  readonly source: PackageSource;
  /** Of the live package. */
  readonly thresholdsInForce: () => AdoptFindings['before'];
  readonly adopt: (thresholds: AdoptedThresholds) => Promise<void>;
  /** How long the broker takes to acknowledge a message; null without a connection. */
  readonly timeBrokerMs: () => Promise<number | null>;
  /** Null of a board, and where nobody says. */
  readonly cpuClock: () => CpuClock | null;
}

/** What every measurement works with. */
export interface MeasureContext extends MeasuredDeviceParts {
  readonly subject: Subject;
  readonly clock: Clock;
  /** Of the device's time, at most. */
  readonly share: number;
  /** Fires when nobody wants the result any more. */
  readonly signal: AbortSignal;
  readonly onProgress: (progress: MeasurementProgress) => void;
}

/** Runs one kind of measurement. @throws LlnError; the signal's reason */
export type Measurement<K extends MeasurementSpec['kind']> = (
  spec: SpecOf<K>,
  context: MeasureContext,
) => Promise<Extract<Findings, { kind: K }>>;
