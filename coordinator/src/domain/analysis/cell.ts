import type { DeviceId } from '@liquid-lln/protocol';

/** What one device did in one slot of time, with one package and in one thermal band. */
export interface Cell {
  /** Of the slot, which is the same for all devices. */
  readonly startMs: number;
  /** How long the slot is. */
  readonly seconds: number;
  /** The lower end of the band; null without a sensor. */
  readonly bandC: number | null;
  /** Inferences of clients; of probes where there were no clients. */
  readonly tries: number;
  /** Of `tries`, those that failed. */
  readonly errors: number;
  /** The mean of the logarithms of the latencies in microseconds; null without any. */
  readonly latencyLog: number | null;
  /** The mean of the logarithms of the power in milliwatts; null without a sensor. */
  readonly energyLog: number | null;
  readonly temperatureC: number | null;
  readonly memoryRatio: number | null;
}

/** A device before and after the moment that the analysis is about. */
export interface DeviceSeries {
  readonly deviceId: DeviceId;
  /** With the package before, by time. */
  readonly past: readonly Cell[];
  /** With the new package; of a control, with the same as before, in the time in which others have the new one. */
  readonly present: readonly Cell[];
}

export interface Panel {
  /** Devices with the new package. */
  readonly canaries: readonly DeviceSeries[];
  /** Devices that go on with the one before. */
  readonly controls: readonly DeviceSeries[];
}
