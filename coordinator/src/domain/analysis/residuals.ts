import type { Cell, DeviceSeries, Panel } from './cell.js';
import type { MetricTraits } from './metrics.js';
import { meanOf } from './moments.js';

/** What is left of a value when its device's usual level and what happened to everybody are taken away. */
export interface Residual {
  readonly seconds: number;
  readonly value: number;
}

export interface DeviceResiduals {
  readonly past: readonly Residual[];
  readonly present: readonly Residual[];
}

export interface Residuals {
  readonly canaries: readonly DeviceResiduals[];
  readonly controls: readonly DeviceResiduals[];
}

/** A cell's value, with what it is compared within. */
interface Reading extends Residual {
  readonly band: number;
  /** Number of its slot. */
  readonly slot: number;
}

interface DeviceReadings {
  readonly past: readonly Reading[];
  readonly present: readonly Reading[];
}

/** By the number of a slot: what the controls showed in it beside their usual levels; NaN without a control. */
type Common = Float64Array;

/** Where there is no band, or none matters. */
const noBand = Number.NaN;

/**
 * Difference in differences, slot by slot: every device is compared with its own past in the same thermal band, and
 * with what the controls did in the same slots against theirs. Slots without a control say nothing.
 */
export function residualsOf(panel: Panel, traits: MetricTraits): Residuals {
  const slots = new Map<number, number>();
  const readAll = (devices: readonly DeviceSeries[]): DeviceReadings[] =>
    devices.map(({ past, present }) => ({
      past: readingsOf(past, traits, slots),
      present: readingsOf(present, traits, slots),
    }));
  const [canaries, controls] = [readAll(panel.canaries), readAll(panel.controls)];
  const rough = commonOf(controls, new Float64Array(slots.size));
  // Once more with levels that do not hold what happened to everybody: devices need not have been there all the time.
  const common = commonOf(controls, rough);
  return {
    canaries: canaries.map((device) => levelOut(device, common)),
    controls: controls.map((device) => levelOut(device, common)),
  };
}

/** @param slots numbers slots as they come, by their start */
function readingsOf(
  cells: readonly Cell[],
  { read, isWithinBand }: MetricTraits,
  slots: Map<number, number>,
): readonly Reading[] {
  const readings: Reading[] = [];
  for (const cell of cells) {
    const value = read(cell);
    if (value === null) continue;
    const slot = slots.get(cell.startMs) ?? slots.size;
    if (slot === slots.size) slots.set(cell.startMs, slot);
    readings.push({ seconds: cell.seconds, value, band: isWithinBand ? (cell.bandC ?? noBand) : noBand, slot });
  }
  return readings;
}

function commonOf(controls: readonly DeviceReadings[], known: Common): Common {
  const [sums, counts] = [new Float64Array(known.length), new Float64Array(known.length)];
  for (const { past, present } of controls) {
    const levels = levelsOf(past, known);
    for (const { slot, value, band } of [...past, ...present]) {
      const level = levels.get(band);
      if (level === undefined) continue;
      sums[slot] = (sums[slot] ?? 0) + value - level;
      counts[slot] = (counts[slot] ?? 0) + 1;
    }
  }
  return sums.map((sum, slot) => sum / (counts[slot] ?? 0));
}

/** A device's usual value in each band, by the slots in which there were controls; a `Map` takes NaN for one key. */
function levelsOf(past: readonly Reading[], common: Common): Map<number, number> {
  const byBand = new Map<number, { sum: number; seconds: number }>();
  for (const { slot, seconds, value, band } of past) {
    const everybody = common[slot] ?? Number.NaN;
    if (Number.isNaN(everybody)) continue;
    const level = byBand.get(band) ?? { sum: 0, seconds: 0 };
    if (level.seconds === 0) byBand.set(band, level);
    level.sum += seconds * (value - everybody);
    level.seconds += seconds;
  }
  return new Map([...byBand].map(([band, { sum, seconds }]) => [band, sum / seconds]));
}

function levelOut({ past, present }: DeviceReadings, common: Common): DeviceResiduals {
  const levels = levelsOf(past, common);
  return { past: levelAll(past, levels, common), present: levelAll(present, levels, common) };
}

function levelAll(
  readings: readonly Reading[],
  levels: ReadonlyMap<number, number>,
  common: Common,
): readonly Residual[] {
  const residuals: Residual[] = [];
  for (const { slot, seconds, value, band } of readings) {
    const residual = value - (levels.get(band) ?? Number.NaN) - (common[slot] ?? Number.NaN);
    if (!Number.isNaN(residual)) residuals.push({ seconds, value: residual });
  }
  return residuals;
}

/**
 * The mean of the middle half: one minute in which something else kept the machine busy says nothing about a package.
 * Below four slots there is no middle, and it is the mean.
 */
export function levelOf(residuals: readonly Residual[]): number {
  const cut = Math.floor(residuals.length / 4);
  const sorted = residuals.map(({ value }) => value).sort((a, b) => a - b);
  return meanOf(sorted.slice(cut, sorted.length - cut));
}

export function secondsOf(residuals: readonly Residual[]): number {
  return residuals.reduce((sum, { seconds }) => sum + seconds, 0);
}

/**
 * Levels of consecutive batches that are at least `seconds` long: within a device, only such spans vary as the span does
 * that they are compared with. What is left over at the end is no batch.
 */
export function batchLevels(residuals: readonly Residual[], seconds: number): number[] {
  const levels: number[] = [];
  let batch: Residual[] = [];
  for (const residual of residuals) {
    // A slot that is much longer is steadier than what it would stand for.
    if (residual.seconds > 2 * seconds) continue;
    batch.push(residual);
    if (secondsOf(batch) < seconds) continue;
    levels.push(levelOf(batch));
    batch = [];
  }
  return levels;
}
