import { emptySketch, energyReadingsMin, mean, type Sketch, SketchBuilder, type SourcedFigure } from '@liquid-lln/protocol';

/** What a sensor gave, with its time; a reading that was no finite number is kept as null, as a bad sample. */
export interface TimedReading {
  readonly atMs: number;
  readonly figure: SourcedFigure;
}

/** Adds a reading and forgets those older than the window. A sensor that is not there has no readings at all. */
export function addReading(
  readings: readonly TimedReading[],
  figure: SourcedFigure,
  nowMs: number,
  windowSeconds: number,
): readonly TimedReading[] {
  // Read once a second; a window too short for an average is made longer.
  const spanMs = Math.max(windowSeconds, energyReadingsMin) * 1_000;
  const recent = readings.filter(({ atMs }) => nowMs - atMs <= spanMs);
  return figure === null ? recent : [...recent, { atMs: nowMs, figure: finiteFigure(figure) }];
}

/** Readings as a window's figures: the mean under the source of the newest, and how they spread. */
export interface ReadingFigures {
  readonly figure: SourcedFigure;
  readonly sketch: Sketch;
  readonly bad: number;
}

export function averageReading(readings: readonly TimedReading[]): ReadingFigures {
  const builder = new SketchBuilder();
  const good = readings.flatMap(({ figure }) => (figure === null ? [] : [figure]));
  const taken = good.filter(({ value }) => builder.add(value));
  const sketch = taken.length === 0 ? emptySketch : builder.build();
  const [value, newest] = [mean(sketch), taken.at(-1)];
  const figure = value === null || newest === undefined ? null : { value, source: newest.source };
  return { figure, sketch, bad: readings.length - taken.length };
}

/** A sensor's figure if it is a number at all. */
export function finiteFigure(figure: SourcedFigure): SourcedFigure {
  return figure !== null && Number.isFinite(figure.value) ? figure : null;
}

export function finiteOrNull(value: number | null): number | null {
  return value !== null && Number.isFinite(value) ? value : null;
}
