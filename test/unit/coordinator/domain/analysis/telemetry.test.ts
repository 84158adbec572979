import {
  figureNames,
  frameOf,
  isFresh,
  keepUp,
  mergeRows,
  rowAt,
  rowOf,
  type TelemetryFrame,
} from '@liquid-lln/coordinator';
import t from 'tap';
import { someHealth } from '../../../../support/fleet-views.js';
import { energyOf, sketchOf } from '../../../../support/health-windows.js';

const minuteMs = 60_000;

function windowOf(changes: object) {
  const health = someHealth();
  return { ...health, window: { ...health.window, ...changes } };
}

function frameAt(minute: number, latencyUs = 100): TelemetryFrame {
  return frameOf(minute * minuteMs, 60, [rowOf(someHealth('gw-1', [latencyUs]))]);
}

t.test('of windows that slide, only those count that share nothing with the one before', async (t) => {
  const window = windowOf({ seconds: 60 });
  t.ok(isFresh(null, window, 100 * minuteMs));
  t.notOk(isFresh(100 * minuteMs, window, 100 * minuteMs + 50_000));
  t.ok(isFresh(100 * minuteMs, window, 101 * minuteMs));
  t.ok(isFresh(200 * minuteMs, window, 100 * minuteMs), 'a clock that was put back silences nobody');
  t.notOk(isFresh(null, windowOf({ seconds: 0 }), 100 * minuteMs));
});

t.test('a window becomes a row: logarithms for what is compared by ratio, clients before probes', async (t) => {
  const { figures } = rowOf(
    windowOf({
      ...energyOf(20),
      latencyUs: sketchOf(500, 40),
      inferences: 40,
      errors: 4,
      probes: 4,
      probeErrors: 1,
      thermalBandC: 45,
    }),
  );
  t.match(figures, { bandC: 45, clean: 36, tries: 36, errors: 3, latencies: 40, energies: 20, temperatureC: 41 });
  t.ok(Math.abs((figures.latencyLog ?? 0) - Math.log(500)) < 0.01);
  t.ok(Math.abs((figures.energyLog ?? 0) - Math.log(20)) < 0.01);
});

t.test('where there were only probes, they are what there is; what is not measured stays unknown', async (t) => {
  const none = { energyMw: null, temperatureC: null, memoryRatio: null };
  const { figures } = rowOf(windowOf({ ...none, inferences: 5, errors: 1, probes: 5, probeErrors: 1 }));
  t.match(figures, { tries: 5, errors: 1, energyLog: null, temperatureC: null, memoryRatio: null });
});

t.test('latencies of probes are not compared with those of clients', async (t) => {
  const asked = { latencyUs: sketchOf(500, 40), inferences: 40 };
  t.equal(rowOf(windowOf({ ...asked, probes: 30 })).figures.latencyLog, null);
  t.not(rowOf(windowOf({ ...asked, probes: 4 })).figures.latencyLog, null);
});

t.test('a frame gives its rows back', async (t) => {
  const rows = [rowOf(someHealth('gw-1')), rowOf(someHealth('gw-2', [], { digest: null }))];
  const frame = frameOf(minuteMs, 60, rows);
  t.equal(frame.figures.length, 2 * figureNames.length);
  t.match(rowAt(frame, 0), { deviceId: 'gw-1', figures: { latencies: 1, temperatureC: 41 } });
  t.match(rowAt(frame, 1), { deviceId: 'gw-2', digest: null, figures: { latencyLog: null } });
  t.equal(rowAt(frame, 2), null);
});

t.test('rows that become one are weighed by what went into them', async (t) => {
  const merged = mergeRows(rowOf(someHealth('gw-1', [100, 100, 100])), rowOf(someHealth('gw-1', [200])));
  const expected = (3 * Math.log(100) + Math.log(200)) / 4;
  t.ok(Math.abs((merged.figures.latencyLog ?? 0) - expected) < 0.01);
  t.equal(merged.figures.clean, 4);
});

t.test('after an hour minutes become slots of ten; after six hours they go', async (t) => {
  const minutes = Array.from({ length: 30 }, (_, minute) => frameAt(1_000 + minute));
  const { merged, dropped } = keepUp(minutes, (1_000 + 20 + 60) * minuteMs);
  t.same(
    merged.map(({ startMs, seconds }) => [startMs / minuteMs, seconds]),
    [
      [1_000, 600],
      [1_010, 600],
    ],
  );
  t.equal(dropped.length, 18, 'all of them but the first of each');
  const [first] = merged;
  t.equal(first === undefined ? 0 : rowAt(first, 0)?.figures.latencies, 10);
  t.same(keepUp(merged, (1_010 + 6 * 60) * minuteMs).dropped, [1_000 * minuteMs]);
  t.same(keepUp([frameAt(1_000)], 900 * minuteMs).dropped, [1_000 * minuteMs], 'of a clock that was put back');
});
