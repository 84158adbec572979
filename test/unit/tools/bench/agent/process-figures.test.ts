import { readFileSync } from 'node:fs';
import { parseCpuSeconds, parseSmapsRollup } from '@liquid-lln/tools';
import t from 'tap';

t.test('memory is read from what Linux says', async (t) => {
  const text = 'Rss:              102400 kB\nPss: 1 kB\nPrivate_Clean:  7 kB\nPrivate_Dirty:     51200 kB\n';
  t.same(parseSmapsRollup(text), { rssMib: 100, privateDirtyMib: 50 });
  t.throws(() => parseSmapsRollup('Rss: 1 kB\n'), /no Private_Dirty/);
});

t.test('processor times are found behind any name', async (t) => {
  const rest = `S 1 1 1 0 -1 0 0 0 0 0 150 50 0 0 20 0 11 0 1`;
  t.equal(parseCpuSeconds(`7 (node) ${rest}`), 2);
  t.equal(parseCpuSeconds(`7 (a) b (c) ${rest}`), 2);
  t.throws(() => parseCpuSeconds('7 (node) S'), /no processor times/);
});

t.test('both can read the process that runs this', async (t) => {
  const memory = parseSmapsRollup(readFileSync('/proc/self/smaps_rollup', 'utf8'));
  t.ok(memory.privateDirtyMib > 1 && memory.privateDirtyMib < memory.rssMib);
  t.ok(parseCpuSeconds(readFileSync('/proc/self/stat', 'utf8')) > 0);
});
