import Table from 'cli-table3';
import type { Figure } from '../bench.js';

const columns = ['rollouts', 'failed', 'successful', 'failed-after-p50', 'failed-after-p90', 'successful-after-p50'];

/** A line for each kind of package and size of fleet. */
export function renderCampaigns(campaigns: readonly (readonly Figure[])[]): string {
  const table = new Table({
    head: [
      'package, devices',
      'rollouts',
      'failed %',
      'passed %',
      'failed\np50 min',
      'failed\np90 min',
      'passed\np50 min',
    ],
    colAligns: ['left', ...columns.map(() => 'right' as const)],
    style: { head: [], border: [] },
  });
  for (const figures of campaigns) {
    const cells = columns.map((metric) => {
      const figure = figures.find((each) => each.metric === metric);
      return figure === undefined ? '' : String(Math.round(figure.value * 100) / 100);
    });
    table.push([figures[0]?.case ?? '', ...cells]);
  }
  return table.toString();
}
