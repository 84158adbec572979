import {
  decideDeploy,
  documentsOfSteps,
  type FleetView,
  findFleetViolations,
  findPaceViolations,
  findTransitionViolations,
  findViolations,
  isPaced,
  type Rollout,
} from '@liquid-lln/coordinator';
import { type DeviceId, isInCohort, type RolloutLimits, seededRandom } from '@liquid-lln/protocol';
import t from 'tap';
import {
  advance,
  deployOf,
  fleetOf,
  generationOf,
  newOffer,
  outcomeOf,
  quietTime,
  runningNew,
  situationOf,
  someDevice,
  someFleet,
  withReport,
} from '../../../support/coordinator/rollout-builders.js';

function pacedRollout(fleet: FleetView, limits: RolloutLimits, waves = [100], changes: object = {}): Rollout {
  return decideDeploy({ ...deployOf(waves), limits, ...changes }, newOffer, situationOf(fleet, 'production'));
}

function toldBy(rollout: Rollout): DeviceId[] {
  return rollout.members.flatMap(({ deviceId, told }) => (told === null ? [] : [deviceId])).sort();
}

/** Devices of two kinds at three sites, and boards among them. */
function mixedFleet(count: number): FleetView {
  const sites = ['attic', 'lab', 'yard'];
  return fleetOf(
    Array.from({ length: count }, (_, index) => {
      const kind = index % 4 === 3 ? 'stm32h743' : 'native';
      return someDevice(`gw-${index + 1}`, { site: sites[index % 3] ?? 'lab', kind });
    }),
  );
}

/** Steps of a second, in each of which the devices on the way confirm with some chance, until nothing is left to do. */
function play(
  start: Rollout,
  from: FleetView,
  seed: number,
  onTold: (rollout: Rollout, fleet: FleetView, told: DeviceId[]) => void,
) {
  const random = seededRandom(seed);
  let fleet = from;
  let rollout = start;
  const problems: string[] = [];
  let mostAtOnce = 0;
  let second = 0;
  for (; second < 4_000 && rollout.status === 'running'; second += 1) {
    const time = { ...quietTime, nowMs: second * 1_000 };
    const before = rollout;
    const moved = advance(before, fleet, second + 1, time);
    rollout = moved.rollout;
    problems.push(
      ...findViolations(rollout),
      ...findTransitionViolations(before, rollout),
      ...findPaceViolations(before, rollout, fleet, time.nowMs),
      ...findFleetViolations(rollout, fleet),
    );
    const generations = { next: generationOf(second + 1), parent: generationOf(second) };
    const documents = documentsOfSteps(before, moved.plan.steps, generations, fleet);
    const told = documents.flatMap((state) =>
      state.kind === 'wave'
        ? [...fleet.values()].filter((device) => isInCohort(state.document.cohort, device)).map((d) => d.deviceId)
        : [],
    );
    if (moved.plan.steps.some(({ kind }) => kind === 'tell')) onTold(rollout, fleet, told.sort());
    const going = rollout.members.filter(({ deviceId, told: own }) => {
      const running = fleet.get(deviceId)?.reported.running;
      return own !== null && running?.digest !== newOffer.reference.digest;
    });
    mostAtOnce = Math.max(mostAtOnce, going.length);
    for (const { deviceId, told: own } of going)
      if (random() < 0.3) fleet = withReport(fleet, deviceId, runningNew('confirmed', own?.generation ?? 0));
  }
  return { rollout, problems, mostAtOnce, second };
}

t.test('B16: a wave goes out in portions, and each document tells exactly those that were told', async (t) => {
  for (const seed of [1, 2, 3, 4]) {
    const fleet = mixedFleet(30);
    const start = pacedRollout(fleet, { maxUnavailable: { devices: 4 } }, [10, 50, 100]);
    let portions = 0;
    const end = play(start, fleet, seed, (rollout, _, told) => {
      portions += 1;
      t.same(told, toldBy(rollout), `seed ${seed}, portion ${portions}`);
    });
    t.same(end.problems, []);
    t.equal(end.rollout.status, 'succeeded');
    t.ok(portions > 8, `${portions} portions`);
    t.equal(end.mostAtOnce, 4, 'not more at once, and not less where there is work');
  }
});

t.test('B16: gateways that are taken whole count as one', async (t) => {
  const fleet = fleetOf(
    [1, 2, 3, 4].flatMap((number) => [
      someDevice(`gw-${number}`),
      someDevice(`gw-${number}.a`, { kind: 'stm32h743', admission: 10 + number }),
    ]),
  );
  const start = pacedRollout(fleet, { maxUnavailable: { percent: 25 } }, [100], { asUnit: true });
  t.equal(start.limits.maxUnavailable, 1);
  const end = play(start, fleet, 7, (rollout, _, told) => t.same(told, toldBy(rollout)));
  t.same(end.problems, []);
  t.equal(end.rollout.status, 'succeeded');
  t.equal(end.mostAtOnce, 2, 'a gateway and its board');
});

t.test('B16: in no minute do more devices begin than the rate says', async (t) => {
  const fleet = someFleet(40);
  const end = play(pacedRollout(fleet, { ratePerMinute: 10 }), fleet, 3, () => undefined);
  t.same(end.problems, []);
  t.equal(end.rollout.status, 'succeeded');
  const begun = end.rollout.members.map(({ told }) => told?.atMs ?? 0).sort((a, b) => a - b);
  const span = (begun.at(-1) ?? 0) - (begun[0] ?? 0);
  t.ok(span >= 180_000 && span < 260_000, `40 devices at 10 a minute took ${span / 1_000} s to begin`);
  const most = Math.max(...begun.map((from) => begun.filter((at) => at >= from && at < from + 60_000).length));
  t.equal(most, 10);
});

t.test('a device that is away takes a place: it may begin at any moment', async (t) => {
  let fleet = someFleet(3);
  const first = advance(pacedRollout(fleet, { maxUnavailable: { devices: 1 } }), fleet, 1);
  const [away] = toldBy(first.rollout);
  const device = fleet.get(away as DeviceId);
  if (device === undefined) return;
  fleet = new Map(fleet).set(device.deviceId, { ...device, isOnline: false, silentMs: 1e9 });
  const later = advance(first.rollout, fleet, 2, { ...quietTime, nowMs: quietTime.nowMs + 1e9 });
  t.same(later.plan.steps, []);
  t.match(later.plan.report.members.map(({ waitingFor }) => waitingFor).join('; '), /its turn: at most 1 at once/);
});

t.test('B15: devices that join the last wave wait for their turn, and the last document is open', async (t) => {
  let fleet = someFleet(2);
  const limits = { maxUnavailable: { devices: 1 } };
  let { rollout } = advance(pacedRollout(fleet, limits), fleet, 1);
  for (const number of [3, 4])
    fleet = new Map(fleet).set(someDevice(`gw-${number}`).deviceId, someDevice(`gw-${number}`));
  rollout = advance(rollout, fleet, 2).rollout;
  t.equal(rollout.members.length, 4);
  t.equal(toldBy(rollout).length, 1, 'they are members, and nobody told them');
  const end = play(rollout, fleet, 1, (after, view, told) =>
    t.same(
      told,
      toldBy(after).filter((id) => view.has(id)),
    ),
  );
  t.same(end.problems, []);
  t.equal(end.rollout.status, 'succeeded');
  t.equal(end.mostAtOnce, 1);
  const last = { ...end.rollout, status: 'running' as const };
  const documents = documentsOfSteps(
    last,
    [{ kind: 'complete' }],
    { next: generationOf(9_000), parent: generationOf(1) },
    fleet,
  );
  const [open] = documents;
  t.ok(open?.kind === 'wave' && isInCohort(open.document.cohort, someDevice('gw-99')), 'whoever comes later gets it');
});

t.test('B10: a failure budget tolerates as many as it says, and never all', async (t) => {
  let fleet = someFleet(10);
  const limits = { failureBudget: { percent: 20 } };
  const { rollout } = advance(pacedRollout(fleet, limits), fleet, 1);
  t.notOk(isPaced(rollout));
  const [first, second, third, ...others] = rollout.members.map(({ deviceId }) => deviceId);
  for (const id of others) fleet = withReport(fleet, id, runningNew('confirmed', 1));
  for (const id of [first, second])
    fleet = withReport(fleet, id ?? '', { outcome: outcomeOf('reverted', 1, 'latency') });
  const held = advance(rollout, fleet, 2);
  t.equal(held.rollout.status, 'running', 'two of ten may fail');
  const passed = advance(held.rollout, withReport(fleet, third ?? '', runningNew('confirmed', 1)), 3);
  t.equal(passed.rollout.status, 'succeeded');
  t.match(passed.plan.report.waves[0], { waitingFor: '2 failed or silent, of 2 that may be' });
  const third3 = withReport(fleet, third ?? '', { outcome: outcomeOf('reverted', 1, 'latency') });
  t.equal(advance(held.rollout, third3, 3).rollout.status, 'halted', 'a third may not');
  const lone = pacedRollout(someFleet(1), { failureBudget: { devices: 5 } });
  const begun = advance(lone, someFleet(1), 1).rollout;
  const failed = withReport(someFleet(1), 'gw-1', { outcome: outcomeOf('reverted', 1) });
  t.equal(advance(begun, failed, 2).rollout.status, 'halted', 'where nobody confirmed nothing was shown');
});

t.test('B11: the deadline of silent devices can be set, and they count against the budget', async (t) => {
  let fleet = someFleet(4);
  const limits = { silenceSecondsMax: 60, failureBudget: { devices: 1 } };
  const { rollout } = advance(pacedRollout(fleet, limits), fleet, 1);
  const [away, ...others] = rollout.members.map(({ deviceId }) => deviceId);
  for (const id of others) fleet = withReport(fleet, id, runningNew('confirmed', 1));
  const device = fleet.get(away as DeviceId);
  if (device === undefined) return;
  const silentFor = (silentMs: number) => new Map(fleet).set(device.deviceId, { ...device, isOnline: false, silentMs });
  const later = (seconds: number) => ({ ...quietTime, nowMs: quietTime.nowMs + seconds * 1_000 });
  t.equal(advance(rollout, silentFor(50_000), 2, later(50)).rollout.status, 'running');
  t.equal(advance(rollout, silentFor(70_000), 2, later(70)).rollout.status, 'succeeded');
});

t.test('B13: on a trip the wave, the whole rollout or nobody goes back', async (t) => {
  for (const [onTrip, fromWave] of [
    ['rollout', 0],
    ['wave', 1],
    ['none', null],
  ] as const) {
    let fleet = someFleet(4);
    const first = advance(pacedRollout(fleet, {}, [25, 100], { onTrip }), fleet, 1).rollout;
    const early = first.members[0]?.deviceId ?? '';
    fleet = withReport(fleet, early, runningNew('confirmed', 1));
    const second = advance(first, fleet, 2).rollout;
    const late = second.members[1]?.deviceId ?? '';
    fleet = withReport(fleet, late, { outcome: outcomeOf('reverted', 2, 'crash') });
    const tripped = advance(second, fleet, 3);
    t.equal(tripped.rollout.status, 'halted', onTrip);
    const documents = documentsOfSteps(
      second,
      tripped.plan.steps,
      { next: generationOf(3), parent: generationOf(2) },
      fleet,
    );
    const leaving = documents.flatMap((state) =>
      state.kind === 'wave'
        ? [...fleet.values()].filter((device) => isInCohort(state.document.cohort, device)).map((d) => d.deviceId)
        : [],
    );
    t.equal(leaving.length, fromWave === null ? 0 : fromWave === 0 ? 4 : 3, onTrip);
    if (fromWave === 1) t.notOk(leaving.includes(early as DeviceId), 'the wave that passed keeps it');
    const { report } = advance(tripped.rollout, fleet, 4).plan;
    const earlyNow = report.members.find(({ deviceId }) => deviceId === early)?.progress;
    t.equal(earlyNow, fromWave === 0 ? 'stopping' : 'confirmed', onTrip);
  }
});

t.test('the checker counts for itself who is on the way', async (t) => {
  const fleet = someFleet(4);
  const start = pacedRollout(fleet, { maxUnavailable: { devices: 2 }, ratePerMinute: 3 });
  const told = (count: number) => ({
    ...start,
    members: start.members.map((member, index) =>
      index < count ? { ...member, told: { generation: generationOf(1), atMs: 5 } } : member,
    ),
  });
  t.same(findPaceViolations(start, told(2), fleet, 5), []);
  t.match(findPaceViolations(start, told(4), fleet, 5).join(), /4 are on the way at once, 2 may be.*4 began within/);
  const paused = { ...start, status: 'paused' as const };
  t.match(findTransitionViolations(paused, told(1)).join(), /a device of a paused rollout was told/);
});
