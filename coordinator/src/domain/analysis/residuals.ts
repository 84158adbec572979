import type { Cell, DeviceSeries, Panel } from './cell.js';
import type { MetricTraits } from './metrics.js';
import { meanOf } from './moments.js';

/** What is left of a value when its device's usual level and what happened to everybody are taken away. */
export interface Residual {
  readonly startMs: number;
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
}

/** By the start of a slot: what the controls showed in it beside their usual levels. */
type Common = ReadonlyMap<number, number>;

/** Where there is no band, or none matters. */
const noBand = Number.NaN;

/**
 * Difference in differences, slot by slot: every device is compared with its own past in the same thermal band, and
 * with what the controls did in the same slots against theirs. Slots without a control say nothing.
 */
export function residualsOf(panel: Panel, traits: MetricTraits): Residuals {
  const readAll = (cells: readonly Cell[]) => readingsOf(cells, traits);
  const [canaries, controls] = [panel.canaries, panel.controls].map((group: readonly DeviceSeries[]) =>
    group.map(({ past, present }) => ({ past: readAll(past), present: readAll(present) })),
  );
  if (canaries === undefined || controls === undefined) return { canaries: [], controls: [] };
  const rough = commonOf(controls, new Map());
  // Once more with levels that do not hold what happened to everybody: devices need not have been there all the time.
  const common = commonOf(controls, rough);
  return {
    canaries: canaries.map((device) => levelOut(device, common)),
    controls: controls.map((device) => levelOut(device, common)),
  };
}

interface DeviceReadings {
  readonly past: readonly Reading[];
  readonly present: readonly Reading[];
}

function readingsOf(cells: readonly Cell[], { read, isWithinBand }: MetricTraits): Reading[] {
  return cells.flatMap((cell) => {
    const value = read(cell);
    const { startMs, seconds, bandC } = cell;
    return value === null ? [] : [{ startMs, seconds, value, band: isWithinBand ? (bandC ?? noBand) : noBand }];
  });
}

function commonOf(controls: readonly DeviceReadings[], known: Common): Common {
  const sums = new Map<number, { sum: number; count: number }>();
  for (const device of controls) {
    const levels = levelsOf(device.past, known);
    for (const { startMs, value, band } of [...device.past, ...device.present]) {
      const level = levels.get(band);
      if (level === undefined) continue;
      const slot = sums.get(startMs) ?? { sum: 0, count: 0 };
      slot.sum += value - level;
      slot.count += 1;
      sums.set(startMs, slot);
    }
  }
  return new Map([...sums].map(([startMs, { sum, count }]) => [startMs, sum / count]));
}

/** A device's usual value in each band; a `Map` takes NaN for one key. */
function levelsOf(past: readonly Reading[], common: Common): Map<number, number> {
  const byBand = new Map<number, { sum: number; seconds: number }>();
  for (const { startMs, seconds, value, band } of past) {
    const level = byBand.get(band) ?? { sum: 0, seconds: 0 };
    level.sum += seconds * (value - (common.get(startMs) ?? 0));
    level.seconds += seconds;
    byBand.set(band, level);
  }
  return new Map([...byBand].map(([band, { sum, seconds }]) => [band, sum / seconds]));
}

function levelOut({ past, present }: DeviceReadings, common: Common): DeviceResiduals {
  const shared = past.filter(({ startMs }) => common.has(startMs));
  const levels = levelsOf(shared, common);
  const level = (readings: readonly Reading[]) =>
    readings.flatMap(({ startMs, seconds, value, band }) => {
      const [usual, everybody] = [levels.get(band), common.get(startMs)];
      if (usual === undefined || everybody === undefined) return [];
      return [{ startMs, seconds, value: value - usual - everybody }];
    });
  return { past: level(shared), present: level(present) };
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
