import Table from 'cli-table3';
import type { Figure } from '../bench.js';

/** A line for each kind of package. */
export function renderCampaigns(campaigns: readonly (readonly Figure[])[]): string {
  const table = new Table({
    head: ['package', 'trials', 'wrong', 'after\nconfirmation', 'p50 s', 'p90 s', 'p99 s', 'longest s'],
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [] },
  });
  for (const figures of campaigns) {
    const value = (pattern: RegExp) => {
      const figure = figures.find(({ metric }) => pattern.test(metric));
      return figure === undefined ? '' : String(figure.value);
    };
    table.push([
      figures[0]?.case ?? '',
      value(/^trials$/),
      value(/^(?:missed|false-rollbacks)$/),
      value(/^detected-after-confirmation$/),
      ...[50, 90, 99, 100].map((q) => value(new RegExp(`-after-p${q}$`))),
    ]);
  }
  return `${table.toString()}\nwrong: healthy packages that were not confirmed, or left; bad ones that were kept`;
}
