import { cpus } from 'node:os';

/** One figure: flat, so that figures of different days can be laid side by side. */
export interface BenchResult {
  readonly case: string;
  readonly metric: string;
  readonly value: number;
  readonly unit: string;
}

export interface BenchReport {
  readonly bench: string;
  readonly machine: string;
  readonly results: readonly BenchResult[];
}

export function reportOf(bench: string, results: readonly BenchResult[]): BenchReport {
  const [cpu] = cpus();
  return { bench, machine: `${cpu?.model ?? process.arch}, Node ${process.versions.node}`, results };
}

export function renderReport({ bench, machine, results }: BenchReport): string {
  const lines = results.map((row) => `  ${row.case.padEnd(24)} ${row.metric.padEnd(16)} ${row.value} ${row.unit}`);
  return [`${bench} on ${machine}`, ...lines].join('\n');
}
