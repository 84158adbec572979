import Table from 'cli-table3';
import type { Figure } from '../bench.js';

const columns: readonly { readonly head: string; readonly metric: string }[] = [
  { head: 'ns/step', metric: 'ns-per-step' },
  { head: 'min', metric: 'ns-per-step-min' },
  { head: 'max', metric: 'ns-per-step-max' },
  { head: 'ns/step in\nsequence', metric: 'ns-per-step-in-sequence' },
  { head: 'GMAC/s', metric: 'gmac-per-second' },
  { head: 'onnxruntime\nns/step', metric: 'ns-per-step-onnxruntime-node' },
  { head: 'ratio', metric: 'ratio-to-onnxruntime-node' },
  { head: 'tfjs-wasm\nns/step', metric: 'ns-per-step-tfjs-wasm' },
  { head: 'ratio', metric: 'ratio-to-tfjs-wasm' },
  { head: 'plain JS\nns/step', metric: 'ns-per-step-plain-js' },
  { head: 'ratio', metric: 'ratio-to-plain-js' },
  { head: 'share of\nroofline', metric: 'roofline-share' },
];

/** Times and ratios, a line a case; then whatever else was measured, a line a figure. */
export function renderFigures(figures: readonly Figure[]): string {
  const timed = figures.filter(({ metric }) => metric === 'ns-per-step');
  const table = new Table({
    head: ['case', ...columns.map(({ head }) => head)],
    colAligns: ['left', ...columns.map(() => 'right' as const)],
    style: { head: [], border: [] },
  });
  for (const { case: name } of timed) table.push([name, ...columns.map(({ metric }) => cell(figures, name, metric))]);
  const inTable = new Set(columns.map(({ metric }) => metric));
  const rest = figures.filter(({ metric }) => !inTable.has(metric));
  const lines = rest.map(({ case: name, metric, value, unit }) => `${name}: ${metric} ${value} ${unit}`);
  return [...(timed.length === 0 ? [] : [table.toString()]), ...lines].join('\n');
}

function cell(figures: readonly Figure[], name: string, metric: string): string {
  const figure = figures.find((one) => one.case === name && one.metric === metric);
  return figure === undefined ? '' : String(figure.value);
}
