import { columnWidths, renderTable, wrapCell } from '@liquid-lln/cli/testing';
import t from 'tap';

t.test('a cell breaks between words, then at the seams of names, and loses nothing', async (t) => {
  t.same(wrapCell('offline for 2 m 10 s', 12), ['offline for', '2 m 10 s']);
  t.same(wrapCell('occupancy-cfc@1.0.0', 14), ['occupancy-cfc@', '1.0.0']);
  t.same(wrapCell('occupancy-cfc@1.0.0', 11), ['occupancy-', 'cfc@1.0.0']);
  t.same(wrapCell('r-b8e1df076d79', 14), ['r-b8e1df076d79'], 'an id stays whole while it can');
  t.same(wrapCell('abcdefghij', 4), ['abcd', 'efgh', 'ij']);
  t.same(wrapCell('12.5 mW model', 8), ['12.5 mW', 'model'], 'a figure keeps its unit');
  t.same(wrapCell('', 5), ['']);
});

t.test('columns are as wide as they need to be, and no wider than there is room for', async (t) => {
  const table = { head: ['A', 'WHY'], rows: [['x', 'one two three four five six seven']] };
  t.same(columnWidths(table, 80, 2), [1, 33]);
  t.same(columnWidths(table, 23, 2), [1, 20]);
  const names = { head: ['DEVICE', 'PACKAGE'], rows: [['gw-1', 'occupancy-cfc@1.0.0']] };
  t.same(columnWidths(names, 24, 2), [6, 16]);
});

t.test('a table is drawn without lines, below a head', async (t) => {
  const table = {
    head: ['A', 'B'],
    rows: [
      ['1', 'one'],
      ['22', ''],
    ],
  };
  t.equal(renderTable(table), 'A   B\n1   one\n22');
});
