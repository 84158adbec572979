import { describeSamples, type EnergyFindings, type SourcedFigure } from '@liquid-lln/protocol';
import { delay } from '../delay.js';
import type { MeasureContext, SpecOf } from './measurement.js';

/** Sensors are read once a second by the agent: looking more often would count readings twice. */
const readingMs = 1_000;

/** Collects the power that the device draws while it goes on with whatever it does. */
export async function measureEnergy({ seconds }: SpecOf<'energy'>, context: MeasureContext): Promise<EnergyFindings> {
  const { clock, signal, onProgress, readings, subject } = context;
  const readingsWanted = Math.max(1, Math.round(seconds));
  const figures: NonNullable<SourcedFigure>[] = [];
  for (let taken = 1; taken <= readingsWanted; taken += 1) {
    await delay(clock, readingMs, signal);
    const { energyMw } = readings();
    if (energyMw !== null && Number.isFinite(energyMw.value) && energyMw.value >= 0) figures.push(energyMw);
    onProgress({ done: taken, total: readingsWanted, unit: 'seconds' });
  }
  const last = figures.at(-1);
  // Figures of another source are another scale: a meter that comes or goes in between leaves the newer ones.
  const alike = figures.filter(({ source }) => source === last?.source);
  return {
    kind: 'energy',
    energyMw: describeSamples(alike.map(({ value }) => value)),
    source: last?.source ?? null,
    uncertainty: last?.uncertainty ?? null,
    budgetMw: subject.model.package.manifest.budgets.energyMw,
  };
}
