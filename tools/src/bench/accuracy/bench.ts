import Table from 'cli-table3';
import type { Bench, BenchOutcome, BenchRequest, Figure } from '../bench.js';
import type { FunctionAccuracy } from './accuracy.js';
import { compileAccuracyProgram, measureAccuracy } from './program.js';

const functions = ['exp', 'tanh', 'sigmoid', 'lecun_tanh', 'silu', 'gelu'] as const;
/** Every float there is. */
const stride = 1;

/** The kernel's elementary functions against the double ones of the C library. */
export const accuracyBench: Bench = {
  name: 'accuracy',
  summary: 'largest error of each elementary function over all 2^32 floats (minutes)',
  cases: functions,
  run,
};

async function run({ cases, say }: BenchRequest): Promise<BenchOutcome> {
  const program = compileAccuracyProgram();
  const chosen = functions.filter((name) => cases.length === 0 || cases.includes(name));
  const measured = chosen.map((name) => {
    say(`... ${name}`);
    return { name, accuracy: measureAccuracy(program, name, stride) };
  });
  const figures = measured.flatMap(({ name, accuracy }) => figuresOf(name, accuracy));
  return { figures, missing: [], text: renderTable(measured) };
}

function figuresOf(name: string, accuracy: FunctionAccuracy): Figure[] {
  return [
    { case: name, metric: 'max-ulp', value: accuracy.maxUlp, unit: 'ulp' },
    { case: name, metric: 'max-ulp-at', value: accuracy.maxUlpAt, unit: '1' },
    { case: name, metric: 'nearest-share', value: accuracy.nearestShare, unit: '1' },
    { case: name, metric: 'wrong-specials', value: accuracy.wrongSpecials, unit: '1' },
    { case: name, metric: 'inputs', value: accuracy.inputs, unit: '1' },
  ];
}

function renderTable(rows: readonly { readonly name: string; readonly accuracy: FunctionAccuracy }[]): string {
  const table = new Table({
    head: ['function', 'largest error, ulp', 'at', 'nearest float', 'inputs'],
    colAligns: ['left', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [] },
  });
  for (const { name, accuracy } of rows) {
    const { maxUlp, maxUlpAt, nearestShare, inputs } = accuracy;
    table.push([name, maxUlp.toFixed(3), String(maxUlpAt), `${(100 * nearestShare).toFixed(2)} %`, String(inputs)]);
  }
  return table.toString();
}
