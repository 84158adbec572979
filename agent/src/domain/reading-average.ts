import type { SourcedFigure } from '@liquid-lln/protocol';

/** A sensor's reading with its time. */
export interface TimedReading {
  readonly atMs: number;
  readonly figure: NonNullable<SourcedFigure>;
}

/** Readings below which an average says nothing: one spike is no breach. */
export const readingsMin = 3;

/** Adds a reading and forgets those older than the window. What is not a finite number is no reading at all. */
export function addReading(
  readings: readonly TimedReading[],
  figure: SourcedFigure,
  nowMs: number,
  windowSeconds: number,
): readonly TimedReading[] {
  const recent = readings.filter(({ atMs }) => nowMs - atMs <= windowSeconds * 1_000);
  return figure === null || !Number.isFinite(figure.value) ? recent : [...recent, { atMs: nowMs, figure }];
}

/** The average of the readings, under the source of the newest; null of too few. */
export function averageReading(readings: readonly TimedReading[]): SourcedFigure {
  const newest = readings.at(-1);
  if (newest === undefined || readings.length < readingsMin) return null;
  const sum = readings.reduce((total, { figure }) => total + figure.value, 0);
  return { value: sum / readings.length, source: newest.figure.source };
}
