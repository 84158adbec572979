import type { Figure } from '../bench.js';

/** A line for each figure, for benches whose cases have little in common. */
export function renderRows(figures: readonly Figure[]): string[] {
  return figures.map(
    ({ case: name, metric, value, unit }) =>
      `${name.padEnd(14)} ${metric.padEnd(28)} ${value}${unit === '1' ? '' : ` ${unit}`}`,
  );
}
