import { parseArgs } from 'node:util';
import type { Bench } from './bench.js';

export interface BenchOptions {
  readonly bench: Bench;
  readonly isJson: boolean;
  readonly cases: readonly string[];
}

export function usageOf(benches: readonly Bench[]): string {
  const lines = benches.map(
    ({ name, summary, cases }) => `  ${name.padEnd(10)} ${summary}\n${' '.repeat(13)}cases: ${cases.join(', ')}`,
  );
  return ['npm run bench -- NAME [--json] [--case CASE]...', ...lines].join('\n');
}

/** @throws Error that says what is wrong with the arguments */
export function parseOptions(args: readonly string[], benches: readonly Bench[]): BenchOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { json: { type: 'boolean', default: false }, case: { type: 'string', multiple: true, default: [] } },
  });
  const [name, ...more] = positionals;
  if (name === undefined || more.length > 0) throw new Error('name one bench');
  const bench = benches.find((one) => one.name === name);
  if (bench === undefined) throw new Error(`there is no bench "${name}"`);
  const unknown = values.case.find((one) => !bench.cases.includes(one));
  if (unknown !== undefined) throw new Error(`the bench "${name}" has no case "${unknown}"`);
  return { bench, isJson: values.json, cases: values.case };
}
