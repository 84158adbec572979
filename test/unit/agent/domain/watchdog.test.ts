import { beatPeriodMs, decideBeat } from '@liquid-lln/agent/testing';
import t from 'tap';

const periodMs = beatPeriodMs(30_000);

t.test('three beats fit into what the service manager waits', async (t) => {
  t.equal(periodMs, 10_000);
});

t.test('a device without a package is fed: a restart would not bring it one', async (t) => {
  t.equal(decideBeat({ openModels: 0, computedMs: null }, 1e9, periodMs), 'feed');
});

t.test('what was computed since the last beat is proof enough', async (t) => {
  t.equal(decideBeat({ openModels: 1, computedMs: 90_000 }, 100_000, periodMs), 'feed');
});

t.test('what was computed earlier, or for another package, is none', async (t) => {
  t.equal(decideBeat({ openModels: 1, computedMs: 89_999 }, 100_000, periodMs), 'prove');
  t.equal(decideBeat({ openModels: 2, computedMs: null }, 100_000, periodMs), 'prove');
});
