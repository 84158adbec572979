import type { Clock, Findings, MeasurementProgress, MeasurementSpec } from '@liquid-lln/protocol';
import type { SensorReadings } from '../../ports/sensors.js';
import type { Subject } from './subject.js';

export type SpecOf<K extends MeasurementSpec['kind']> = Extract<MeasurementSpec, { kind: K }>;

/** What every measurement works with. */
export interface MeasureContext {
  readonly subject: Subject;
  readonly clock: Clock;
  /** Of the device's time, at most. */
  readonly share: number;
  /** Fires when nobody wants the result any more. */
  readonly signal: AbortSignal;
  /** What the sensors said last. */
  readonly readings: () => SensorReadings;
  readonly onProgress: (progress: MeasurementProgress) => void;
}

/** Runs one kind of measurement. @throws LlnError; the signal's reason */
export type Measurement<K extends MeasurementSpec['kind']> = (
  spec: SpecOf<K>,
  context: MeasureContext,
) => Promise<Extract<Findings, { kind: K }>>;
