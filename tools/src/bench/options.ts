import { parseArgs } from 'node:util';
import type { Bench } from './bench.js';

export interface BenchOptions {
  readonly bench: Bench;
  readonly isJson: boolean;
  readonly cases: readonly string[];
  readonly seconds: number | null;
}

export function usageOf(benches: readonly Bench[]): string {
  const lines = benches.map(
    ({ name, summary, cases }) => `  ${name.padEnd(10)} ${summary}\n${' '.repeat(13)}cases: ${cases.join(', ')}`,
  );
  return ['npm run bench -- NAME [--json] [--case CASE]... [--seconds N]', ...lines].join('\n');
}

/** @throws Error that says what is wrong with the arguments */
export function parseOptions(args: readonly string[], benches: readonly Bench[]): BenchOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      case: { type: 'string', multiple: true, default: [] },
      seconds: { type: 'string' },
    },
  });
  const [name, ...more] = positionals;
  if (name === undefined || more.length > 0) throw new Error('name one bench');
  const bench = benches.find((one) => one.name === name);
  if (bench === undefined) throw new Error(`there is no bench "${name}"`);
  const unknown = values.case.find((one) => !bench.cases.includes(one));
  if (unknown !== undefined) throw new Error(`the bench "${name}" has no case "${unknown}"`);
  return { bench, isJson: values.json, cases: values.case, seconds: parseSeconds(values.seconds) };
}

function parseSeconds(text: string | undefined): number | null {
  if (text === undefined) return null;
  const seconds = Number(text);
  if (!(seconds > 0 && seconds <= 3_600)) throw new Error(`"${text}" is no duration of up to 3600 seconds`);
  return seconds;
}
