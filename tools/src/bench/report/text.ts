import type { MissingFigure } from '../bench.js';
import type { Machine } from '../machine.js';

/** The machine in three lines. */
export function renderMachine(machine: Machine): string {
  const { cpu, cores, architecture, memoryMib, os, node, governor, load, yardstickMs } = machine;
  const busy = load > cores ? ': more than its cores, so times are noisy' : '';
  return [
    `${cpu}, ${cores} cores, ${architecture}, ${memoryMib} MiB, ${os}, Node ${node}`,
    `frequency governor: ${governor}; load when the bench began: ${load.toFixed(1)}${busy}`,
    `yardstick: ${yardstickMs} ms for a fixed piece of work; divide times of other days by it`,
  ].join('\n');
}

/** A line for each figure that could not be measured. */
export function renderMissing(missing: readonly MissingFigure[]): string[] {
  return missing.map(({ case: name, metric, reason }) => `not measured: ${metric} of ${name}: ${reason}`);
}
