import {
  type DecommissionRequest,
  decideDecommission,
  decideSwitch,
  type FleetView,
  findTransitionViolations,
  findViolations,
  mayJoin,
  type Rollout,
  resolveSlots,
  type SwitchRequest,
} from '@liquid-lln/coordinator';
import type { DeviceId, ReportedState, SlotName, VerificationRecord } from '@liquid-lln/protocol';
import t from 'tap';
import {
  advance,
  deployOf,
  fleetOf,
  generationOf,
  newOffer,
  newPackage,
  outcomeOf,
  quietTime,
  runningNew,
  situationOf,
  someDevice,
  someRollout,
  withReport,
} from '../../../support/coordinator/rollout-builders.js';
import { someReport, testMomentMs } from '../../../support/fleet-views.js';

const identity = { digest: newPackage.digest, name: newPackage.name, version: newPackage.version };

function slotsWith(slot: SlotName, state: 'staged' | 'failed', wanted: object = identity): object {
  return { ...someReport().slots, [slot]: { state, package: wanted, bytes: 1_000, failure: null } };
}

/** Devices that serve from blue and hold the new package in green. */
function stagedFleet(count: number): FleetView {
  const reported = { slots: slotsWith('green', 'staged') };
  return fleetOf(Array.from({ length: count }, (_, index) => someDevice(`gw-${index + 1}`, { reported })));
}

function situationAt(fleet: FleetView, name: string, rollouts: readonly Rollout[] = []) {
  const target = resolveSlots({ name, environment: null }, fleet);
  return { ...situationOf(fleet, 'production', rollouts), target };
}

/** What `verify` found of the new package in the green slot of a device. */
function verificationOf(deviceId: DeviceId, changes: Partial<VerificationRecord> = {}): VerificationRecord {
  const found = {
    deviceId,
    package: identity,
    slot: 'green',
    suite: 'production',
    target: 'production-green',
  } as const;
  return { ...found, isPassed: true, checks: [], atMs: testMomentMs, actor: 'operator', ...changes };
}

function switchTo(
  fleet: FleetView,
  changes: Partial<SwitchRequest> = {},
  rollouts: readonly Rollout[] = [],
  names: readonly [string, string] = ['production-blue', 'production-green'],
  verifications: readonly VerificationRecord[] = [...fleet.keys()].map((deviceId) => verificationOf(deviceId)),
): Rollout {
  const [from, to] = names.map((name) => ({ name, environment: null }));
  const request = { kind: 'switch', from, to, waves: null, bakeSeconds: 0, dryRun: false, reason: null, ...changes };
  const left = resolveSlots({ name: names[0], environment: null }, fleet);
  const situation = { ...situationAt(fleet, names[1], rollouts), verifications };
  return decideSwitch(request as SwitchRequest, left, () => newOffer, situation);
}

function decommission(fleet: FleetView, name: string, rollouts: readonly Rollout[] = []): Rollout {
  const request: DecommissionRequest = {
    kind: 'decommission',
    target: { name, environment: null },
    dryRun: false,
    reason: null,
  };
  return decideDecommission(request, situationAt(fleet, name, rollouts));
}

/** Every device of the rollout's waves so far confirms. */
function confirmAll(rollout: Rollout, fleet: FleetView, generation: number): FleetView {
  return rollout.members.reduce(
    (all, { deviceId }) => withReport(all, deviceId, runningNew('confirmed', generation)),
    fleet,
  );
}

t.test(
  'B20: a switch goes out in the waves of the environment, and takes only what is staged in the slot',
  async (t) => {
    const fleet = stagedFleet(4);
    const planned = switchTo(fleet);
    t.match(planned, {
      kind: 'switch',
      target: 'production-green',
      scope: { environment: 'production' },
      onTrip: 'roll-back',
    });
    t.match(planned.instruction, { kind: 'deploy', stagedIn: 'green', package: newPackage });
    t.same(
      planned.waves.map((wave) => wave.devices),
      [1, 4],
    );
    t.same(findViolations(planned), []);
    t.equal(switchTo(fleet, { waves: [100] }).waves.length, 1, 'or all at once');
  },
);

t.test('B20: a switch has the limits under which the package was staged', async (t) => {
  const fleet = stagedFleet(1);
  const policy = { ...deployOf(null).policy, soakSeconds: 7 };
  const instruction = {
    kind: 'stage',
    package: newPackage,
    slot: 'green',
    policy,
    batchSize: 3,
    override: null,
  } as const;
  const staging: Rollout = {
    ...someRollout(fleet),
    kind: 'stage',
    target: 'production-green',
    instruction,
    status: 'succeeded',
  };
  t.match(switchTo(fleet, {}, [staging]).instruction, { policy: { soakSeconds: 7 }, batchSize: 3 });
});

t.test('B20: a switch is refused as a whole where one device does not hold the package, with its name', async (t) => {
  const fleet = stagedFleet(3);
  const empty = withReport(fleet, 'gw-2', { slots: someReport().slots });
  t.throws(() => switchTo(empty), { code: 'SLOT_NOT_STAGED', message: /gw-2 does not hold it: green is empty/ });
  const failed = withReport(fleet, 'gw-3', { slots: slotsWith('green', 'failed') as ReportedState['slots'] });
  t.throws(() => switchTo(failed), { code: 'SLOT_NOT_STAGED', message: /gw-3 .* green holds .*, failed/ });
  const left = withReport(fleet, 'gw-1', { quarantined: [newPackage.digest] });
  t.throws(() => switchTo(left), { code: 'PACKAGE_QUARANTINED', message: /gw-1 rolled it back before/ });
  const other = slotsWith('green', 'staged', { ...identity, digest: 'c'.repeat(64) }) as ReportedState['slots'];
  t.throws(() => switchTo(withReport(fleet, 'gw-2', { slots: other })), {
    code: 'SLOT_NOT_STAGED',
    message: /one and the same/,
  });
  t.throws(() => switchTo(fleetOf([someDevice('gw-1')])), { code: 'SLOT_NOT_STAGED', message: /no staged package/ });
});

t.test(
  'B20: a switch is refused where a device has not verified what it is to serve, unless it is forced',
  async (t) => {
    const fleet = stagedFleet(2);
    const [first, second] = [...fleet.keys()].map((deviceId) => verificationOf(deviceId)) as [
      VerificationRecord,
      VerificationRecord,
    ];
    const verifiedBy = (...records: VerificationRecord[]) => switchTo(fleet, {}, [], undefined, records);
    const code = 'REFUSED_BY_GATE';
    t.throws(() => verifiedBy(first), { code, message: /gw-2 has not verified it.*verify --target production-green/ });
    t.throws(() => verifiedBy(first, { ...second, isPassed: false }), { code, message: /gw-2 did not pass/ });
    t.throws(() => verifiedBy(first, { ...second, suite: 'smoke' }), { code }, 'less than the suite is not enough');
    const other = { ...identity, digest: 'c'.repeat(64) as typeof identity.digest };
    t.throws(() => verifiedBy(first, { ...second, package: other }), { code }, 'nor is another package');
    t.equal(verifiedBy(first, { ...second, suite: 'full' }).kind, 'switch', 'more is');
    const newer = { ...second, suite: 'full', isPassed: false, atMs: testMomentMs + 1 } as const;
    t.throws(() => verifiedBy(first, second, newer), { code }, 'the last one counts');
    t.throws(() => switchTo(fleet, { force: true }, [], undefined, []), { code: 'USAGE', message: /reason/ });
    t.equal(switchTo(fleet, { force: true, reason: 'CHG-1' }, [], undefined, []).kind, 'switch');
    const half = withReport(fleet, 'gw-1', runningNew('confirmed', 3));
    t.equal(switchTo(half, {}, [], undefined, [second]).kind, 'switch', 'who has switched needs none any more');
  },
);

t.test('B20: only the two slots of one environment are switched, and only towards the standby one', async (t) => {
  const fleet = stagedFleet(1);
  t.throws(() => switchTo(fleet, {}, [], ['production-green', 'production-green']), { code: 'USAGE' });
  t.throws(() => switchTo(fleet, {}, [], ['production-green', 'production-blue']), {
    code: 'SLOT_LIVE',
    message: /serves already/,
  });
});

t.test('B20: a switch that was cut short goes on: who has switched already is no obstacle', async (t) => {
  const half = withReport(stagedFleet(2), 'gw-1', runningNew('confirmed', 3));
  t.equal(switchTo(half).members.length, 2);
  const all = withReport(half, 'gw-2', runningNew('confirmed', 3));
  t.throws(() => switchTo(all), { code: 'SLOT_LIVE' });
});

t.test('a device that joins a switch serves nothing yet, or has the package staged', async (t) => {
  const fleet = stagedFleet(1);
  const { rollout, plan } = advance(switchTo(fleet), fleet, 5);
  t.same(plan.steps, [{ kind: 'start-wave', waveIndex: 0 }]);
  const cohort = rollout.waves[0]?.cohort ?? { seed: '', strata: {}, admittedUpTo: 0 };
  const document = {
    v: 1,
    generation: generationOf(5),
    parent: generationOf(4),
    rolloutId: rollout.rolloutId,
    waveIndex: 0,
    waveCount: 1,
    cohort: { ...cohort, strata: { 'native@lab': 2 ** 48 - 1 }, admittedUpTo: 99 },
    instruction: rollout.instruction,
  } as const;
  const documents = new Map([
    ['wave/production', { kind: 'wave' as const, environment: 'production' as const, document }],
  ]);
  const joins = (reported: object) => mayJoin(rollout, someDevice('gw-9', { reported }), documents, () => null);
  t.notOk(joins({}), 'it would refuse, and take the switch down with it');
  t.ok(joins({ running: null }));
  t.ok(joins({ slots: slotsWith('green', 'staged') }));
});

t.test('B21: a switch is over when the bake is, and not while a device is silent', async (t) => {
  let fleet = stagedFleet(2);
  const started = advance(switchTo(fleet, { bakeSeconds: 900, waves: [100] }), fleet, 1).rollout;
  fleet = confirmAll(started, fleet, 1);
  const baking = advance(started, fleet, 2);
  t.same(
    baking.plan.steps.map((step) => step.kind),
    ['pass-wave', 'start-bake'],
  );
  t.same(findTransitionViolations(started, baking.rollout), []);
  const at = (seconds: number) => ({ ...quietTime, nowMs: testMomentMs + seconds * 1_000 });
  const midway = advance(baking.rollout, fleet, 3, at(600));
  t.same(midway.plan.steps, []);
  t.match(midway.plan.report.waves, [{ verdict: 'inconclusive', waitingFor: 'the bake: 600 of 900 s' }]);
  const away = new Map([...fleet].map(([id, device]) => [id, { ...device, isOnline: false }]));
  t.match(advance(baking.rollout, away, 3, at(900)).plan.report.waves, [
    { verdict: 'error', waitingFor: /nothing is known/ },
  ]);
  const over = advance(baking.rollout, fleet, 3, at(900));
  t.equal(over.rollout.status, 'succeeded');
  t.same(findTransitionViolations(baking.rollout, over.rollout), []);
  const hasty = { ...over.rollout, endedMs: testMomentMs + 1_000 };
  t.match(findTransitionViolations(baking.rollout, hasty), [/before the time/]);
});

t.test('B21: what leaves the package during the bake halts the switch and takes all of them back', async (t) => {
  let fleet = stagedFleet(2);
  const started = advance(switchTo(fleet, { bakeSeconds: 900, waves: [100] }), fleet, 1).rollout;
  fleet = confirmAll(started, fleet, 1);
  const { rollout } = advance(started, fleet, 2);
  fleet = withReport(fleet, 'gw-2', { outcome: outcomeOf('reverted', 1, 'latency') });
  const tripped = advance(rollout, fleet, 3);
  t.match(tripped.plan.steps, [
    { kind: 'record-failure', deviceId: 'gw-2' },
    { kind: 'halt', reason: /gw-2 reverted: latency/ },
    { kind: 'roll-back-cohort' },
  ]);
  t.match(tripped.rollout, { status: 'halted', ending: { kind: 'rollback', generation: 3 } });
  const { report } = advance(tripped.rollout, fleet, 4).plan;
  t.match(
    report.members.find(({ deviceId }) => deviceId === 'gw-1'),
    { progress: 'stopping' },
    'until it is back',
  );
});

t.test('B20: a slot is freed only where the other one serves, confirmed', async (t) => {
  const fleet = [1, 2].reduce(
    (all, number) => withReport(all, `gw-${number}`, runningNew('confirmed', 3)),
    stagedFleet(2),
  );
  const planned = decommission(fleet, 'production-blue');
  t.match(planned, {
    kind: 'decommission',
    scope: { kind: 'devices' },
    instruction: { kind: 'free', slot: 'blue', digest: null },
  });
  t.same(findViolations(planned), []);
  const onTrial = withReport(fleet, 'gw-2', runningNew('trial', 3));
  t.throws(() => decommission(onTrial, 'production-blue'), {
    code: 'SLOT_NEEDED',
    message: /green is not confirmed on gw-2/,
  });
  t.throws(() => decommission(fleet, 'production-green'), { code: 'SLOT_LIVE', message: /it serves on gw-1, gw-2/ });
  const baking = switchTo(stagedFleet(2), { bakeSeconds: 60 });
  t.throws(() => decommission(fleet, 'production-blue', [baking]), { code: 'ROLLOUT_CONFLICT' });
});

t.test('B20: a decommission is done when every device says that the slot is empty', async (t) => {
  let fleet = withReport(stagedFleet(1), 'gw-1', runningNew('confirmed', 3));
  const { rollout } = advance(decommission(fleet, 'production-blue'), fleet, 4);
  t.equal(advance(rollout, fleet, 5).rollout.status, 'running');
  const { green } = someReport().slots;
  const slots = { blue: green, green };
  fleet = withReport(fleet, 'gw-1', {
    generation: generationOf(4),
    slots,
    outcome: { ...outcomeOf('freed', 4), digest: null },
  });
  const done = advance(rollout, fleet, 5);
  t.equal(done.rollout.status, 'succeeded');
  t.match(done.plan.report.members, [{ progress: 'freed' }]);
});
