import { emptySketch, energyBatchSeconds, type Sketch, SketchBuilder, type SourcedFigure } from '@liquid-lln/protocol';

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
  const recent = readings.filter(({ atMs }) => nowMs - atMs <= windowSeconds * 1_000);
  return figure === null ? recent : [...recent, { atMs: nowMs, figure: finiteFigure(figure) }];
}

/** Readings as a window's figures: the mean under the source of the newest, and how it varies from batch to batch. */
export interface ReadingFigures {
  readonly figure: SourcedFigure;
  readonly batches: Sketch;
  readonly bad: number;
}

export function averageReading(readings: readonly TimedReading[]): ReadingFigures {
  const all = new SketchBuilder();
  const batches = new Map<number, SketchBuilder>();
  let newest: NonNullable<SourcedFigure> | null = null;
  let bad = 0;
  for (const { atMs, figure } of readings) {
    if (figure === null || !all.add(figure.value)) {
      bad += 1;
      continue;
    }
    newest = figure;
    const batch = Math.floor(atMs / (energyBatchSeconds * 1_000));
    const builder = batches.get(batch) ?? new SketchBuilder();
    batches.set(batch, builder);
    builder.add(figure.value);
  }
  const { mean } = all;
  const figure = mean === null || newest === null ? null : { ...newest, value: mean };
  return { figure, batches: sketchOfMeans(batches.values()), bad };
}

function sketchOfMeans(batches: Iterable<SketchBuilder>): Sketch {
  const means = new SketchBuilder();
  for (const { mean } of batches) if (mean !== null) means.add(mean);
  return means.mean === null ? emptySketch : means.build();
}

/** A sensor's figure if it is a number at all. */
export function finiteFigure(figure: SourcedFigure): SourcedFigure {
  return figure !== null && Number.isFinite(figure.value) ? figure : null;
}

export function finiteOrNull(value: number | null): number | null {
  return value !== null && Number.isFinite(value) ? value : null;
}
