import type { Figure } from '../bench.js';
import type { Machine } from '../machine.js';

/** What `--json` prints: flat, one row a figure, so that figures of different days can be laid side by side. */
export interface BenchDocument {
  readonly bench: string;
  readonly machine: Machine;
  readonly results: readonly Figure[];
}

/** @throws Error if a figure is not a number, or is given twice */
export function documentOf(bench: string, machine: Machine, figures: readonly Figure[]): BenchDocument {
  const seen = new Set<string>();
  for (const { case: name, metric, value } of figures) {
    const key = `${metric} of ${name}`;
    if (!Number.isFinite(value)) throw new Error(`the ${key} is ${value}`);
    if (seen.has(key)) throw new Error(`the ${key} is there twice`);
    seen.add(key);
  }
  return { bench, machine, results: figures };
}
