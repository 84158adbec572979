import type { PackageIdentity } from '@liquid-lln/protocol';
import type { CohortSample, DeviceSample, MonitorSample } from '../monitor-sample.js';

/** The key metrics of all devices that run the same package, at one moment. */
export interface CohortFigures {
  readonly inferences: number | null;
  readonly errorRatio: number | null;
  readonly latencyUsP50: number | null;
  readonly latencyUsP99: number | null;
  /** On average over the devices that know it. */
  readonly energyMw: number | null;
  /** Of the hottest device. */
  readonly temperatureC: number | null;
  /** Of the fullest device. */
  readonly memoryRatio: number | null;
}

export type CohortMetric = keyof CohortFigures;

/** What a cohort did since somebody watches. */
export interface CohortHistory {
  readonly package: PackageIdentity | null;
  readonly devices: number;
  readonly latencyUsLimit: number | null;
  /** Where the newest energy figures come from (`hwmon`, `model`); more than one where devices differ. */
  readonly energySources: readonly string[];
  /** The oldest first, the newest last; never empty. */
  readonly figures: readonly CohortFigures[];
}

/** More moments than any terminal shows. */
const momentsMax = 120;

/** Adds a look to what is known; a package that no device runs any more is forgotten. */
export function extendHistory(known: readonly CohortHistory[], sample: MonitorSample): CohortHistory[] {
  return sample.cohorts.map((cohort) => {
    const before = known.find((one) => one.package?.digest === cohort.package?.digest);
    const members = sample.devices.filter((device) => device.package?.digest === cohort.package?.digest);
    const figures = [...(before?.figures ?? []), figuresOf(cohort, members)].slice(-momentsMax);
    const { package: identity, devices, latencyUsLimit } = cohort;
    const energySources = [...new Set(members.flatMap(({ energyMw }) => (energyMw === null ? [] : [energyMw.source])))];
    return { package: identity, devices, latencyUsLimit, energySources, figures };
  });
}

function figuresOf(cohort: CohortSample, members: readonly DeviceSample[]): CohortFigures {
  const energyMw = known(members.map((device) => device.energyMw?.value ?? null));
  return {
    inferences: cohort.inferences,
    errorRatio: cohort.errorRatio,
    latencyUsP50: cohort.latencyUsP50,
    latencyUsP99: cohort.latencyUsP99,
    energyMw: energyMw.length === 0 ? null : energyMw.reduce((sum, value) => sum + value, 0) / energyMw.length,
    temperatureC: highest(members.map((device) => device.temperatureC?.value ?? null)),
    memoryRatio: highest(members.map((device) => device.memoryRatio)),
  };
}

function known(values: readonly (number | null)[]): number[] {
  return values.filter((value) => value !== null);
}

function highest(values: readonly (number | null)[]): number | null {
  const numbers = known(values);
  return numbers.length === 0 ? null : Math.max(...numbers);
}
