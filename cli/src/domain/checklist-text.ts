import { type Checklist, type ChecklistItem, type ChecklistStand, isMet, unmetOf } from '@liquid-lln/protocol';
import type { Table } from './table.js';
import { absent, formatPackage, formatTime } from './units.js';

/** What keeps a command from saying that all is done: an item that need not be so does not. */
export function openItems({ items }: Pick<Checklist, 'items'>): ChecklistItem[] {
  return items.filter((item) => !isMet(item) && (item.phase !== 'pre' || item.isRequired));
}

export function checklistTable(items: readonly ChecklistItem[]): Table {
  return {
    head: ['PHASE', 'ITEM', 'STATE', 'WHEN', 'EVIDENCE'],
    rows: items.map((item, index) => [
      item.phase === items[index - 1]?.phase ? '' : item.phase,
      item.item,
      stateText(item),
      item.observedMs === null ? absent : formatTime(item.observedMs),
      item.evidence,
    ]),
  };
}

/** What to do, item by item; empty if nothing is. */
export function nextText(items: readonly ChecklistItem[]): string {
  return items
    .filter((item) => !isMet(item) && item.next.length > 0)
    .map(({ item, next }) => [`${item}:`, ...next.map((command) => `  ${command}`)].join('\n'))
    .join('\n');
}

export function checklistSummary(checklist: Checklist): string {
  const { items, package: identity, target } = checklist;
  const open = openItems(checklist).length;
  const title = `${formatPackage(identity)} to ${target}`;
  return open === 0 ? `${title}: nothing is open` : `${title}: ${open} of ${items.length} items are open`;
}

function stateText(item: ChecklistItem): string {
  return item.phase === 'pre' && !item.isRequired && !isMet(item) ? `${item.state}, not required` : item.state;
}

/** What was open when a rollout began, or would be, in a line; empty if nothing was. */
export function standText(stand: ChecklistStand | undefined): string {
  const open = stand === undefined ? [] : unmetOf(stand.items).map(({ item, state }) => `${item} ${state}`);
  if (stand === undefined || open.length === 0) return '';
  const { forced } = stand;
  if (forced === null) return `refused without --force: ${open.join(', ')}`;
  return `forced by ${forced.by} over the checklist: ${open.join(', ')}; reason: ${forced.reason}`;
}
