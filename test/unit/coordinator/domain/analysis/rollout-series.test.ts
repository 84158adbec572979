import { frameOf, type Rollout, rowOf, seriesOfRollout, type TelemetryFrame } from '@liquid-lln/coordinator';
import t from 'tap';
import { advance, newPackage, someFleet, someRollout } from '../../../../support/coordinator/rollout-builders.js';
import { someHealth, testMomentMs } from '../../../../support/fleet-views.js';

const minuteMs = 60_000;
const startMs = testMomentMs - (testMomentMs % minuteMs);

/** A minute in which the devices named run the new package, a fifth slower, and the others of four the one before. */
function frameAt(minute: number, withNew: readonly string[] = []): TelemetryFrame {
  const rows = ['gw-1', 'gw-2', 'gw-3', 'gw-4'].map((deviceId) => {
    const isNew = withNew.includes(deviceId);
    const latencies = Array<number>(20).fill(isNew ? 120 : 100);
    return rowOf(someHealth(deviceId, latencies, isNew ? { digest: newPackage.digest } : {}));
  });
  return frameOf(startMs + minute * minuteMs, 60, rows);
}

/** A rollout to half of four devices, whose first wave is out. */
function begun(): Rollout {
  const fleet = someFleet(4);
  return advance(someRollout(fleet, [50, 100]), fleet, 1).rollout;
}

function canariesOf(rollout: Rollout): readonly string[] {
  return rollout.members.filter(({ waveIndex }) => waveIndex === 0).map(({ deviceId }) => deviceId);
}

t.test('B57: devices count as canaries while they run the package, and as controls before and after', async (t) => {
  const rollout = begun();
  const canaries = canariesOf(rollout);
  t.equal(canaries.length, 2);
  const points = seriesOfRollout(rollout, [
    frameAt(-1),
    frameAt(1, canaries),
    frameAt(2, canaries.slice(1)),
    frameAt(3),
  ]);
  t.same(
    points.map(({ startMs: atMs, cohort, devices }) => [(atMs - startMs) / minuteMs, cohort, devices]),
    [
      [-1, 'control', 4],
      [1, 'canary', 2],
      [1, 'control', 2],
      [2, 'canary', 1],
      [2, 'control', 3],
      [3, 'control', 4],
    ],
  );
  const [, canary] = points;
  t.match(canary, { tries: 40, errors: 0, seconds: 60 });
  t.ok(Math.abs((canary?.latencyUs?.mean ?? 0) - 120) < 3, 'in microseconds');
  t.ok(Math.abs((canary?.energyMw?.mean ?? 0) - 12.5) < 0.01);
  t.ok(Math.abs((canary?.temperatureC?.mean ?? 0) - 41) < 0.01);
});

t.test('what nobody measured stays unknown', async (t) => {
  const silent = someHealth('gw-1', [], {});
  const window = { ...silent.window, energyMw: null, temperatureC: null, inferences: 0 };
  const [point] = seriesOfRollout(begun(), [frameOf(startMs, 60, [rowOf({ ...silent, window })])]);
  t.match(point, { cohort: 'control', tries: 0, latencyUs: null, energyMw: null, temperatureC: null });
});

t.test(
  'devices of other targets, such that had the package before and such that serve nothing are in neither',
  async (t) => {
    const rollout = begun();
    const had = rollout.members.map((member) => ({ ...member, before: { ...newPackage } }));
    t.same(seriesOfRollout({ ...rollout, members: had }, [frameAt(1)]), []);
    const others = [rowOf(someHealth('gw-77')), rowOf(someHealth('gw-1', [], { digest: null }))];
    t.same(seriesOfRollout(rollout, [frameOf(startMs, 60, others)]), []);
  },
);

t.test('of the time before and after a rollout half an hour is shown', async (t) => {
  const rollout = { ...begun(), createdMs: startMs, endedMs: startMs + 10 * minuteMs };
  const minutes = [-40, -31, -30, 0, 39, 41, 300];
  t.same(
    seriesOfRollout(
      rollout,
      minutes.map((minute) => frameAt(minute)),
    ).map((point) => (point.startMs - startMs) / minuteMs),
    [-30, 0, 39],
  );
});

t.test('a rollback to what was before has canaries from when they leave their package', async (t) => {
  const rollout = begun();
  const instruction = { kind: 'rollback' as const, from: null, reason: '' };
  const members = rollout.members.map((member) => ({ ...member, before: { ...newPackage } }));
  const rollback: Rollout = { ...rollout, kind: 'rollback', instruction, members };
  const cohortsIn = (frame: TelemetryFrame) =>
    seriesOfRollout(rollback, [frame]).map(({ cohort, devices }) => [cohort, devices]);
  t.same(cohortsIn(frameAt(1, canariesOf(rollout))), [['control', 4]], 'told, and not gone yet');
  t.same(cohortsIn(frameAt(2)), [
    ['canary', 2],
    ['control', 2],
  ]);
});
