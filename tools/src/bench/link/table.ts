import Table from 'cli-table3';
import type { Figure } from '../bench.js';

const columns = [
  ['upload, KiB/s', 'upload-kib-per-second'],
  ['share of line', 'share-of-line'],
  ['share of ceiling', 'share-of-ceiling'],
  ['round trip, us: p50', 'round-trip-us-p50'],
  ['p95', 'round-trip-us-p95'],
] as const;

export function renderLinks(figures: readonly Figure[]): string {
  const head = ['link', ...columns.map(([title]) => title)];
  const table = new Table({ head, style: { head: [], border: [] } });
  for (const name of new Set(figures.map((figure) => figure.case))) {
    const figureOf = (metric: string) =>
      figures.find((figure) => figure.case === name && figure.metric === metric)?.value;
    table.push([name, ...columns.map(([, metric]) => String(figureOf(metric) ?? ''))]);
  }
  return table.toString();
}
