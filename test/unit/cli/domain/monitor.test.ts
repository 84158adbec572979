import {
  eventsSince,
  firingsOf,
  firingsOfEvents,
  markEvents,
  mergeFirings,
  monitorTables,
  takeSample,
} from '@liquid-lln/cli/testing';
import { type DeviceEvent, deviceEventSchema, parseWith } from '@liquid-lln/protocol';
import t from 'tap';
import {
  someDevice,
  someHealth,
  somePackage,
  someReport,
  someRollout,
  testMomentMs,
} from '../../../support/fleet-views.js';

const breach = { metric: 'latency', level: 'alert', value: 7_000, limit: 6_000, unit: 'us', samples: 90 };

function someEvent(sequence: number, body: object, epoch = 'e1'): DeviceEvent {
  return parseWith(deviceEventSchema, { v: 1, deviceId: 'gw-1', epoch, sequence, atMs: testMomentMs, body }, 'event');
}

t.test('a cohort is merged from sketches, not from means of means', async (t) => {
  const fast = Array.from({ length: 90 }, () => 100);
  const slow = Array.from({ length: 10 }, () => 10_000);
  const sample = takeSample(
    [
      someDevice('gw-1', { health: someHealth('gw-1', fast) }),
      someDevice('gw-2', { health: someHealth('gw-2', slow) }),
    ],
    testMomentMs,
  );
  t.equal(sample.cohorts.length, 1);
  const [cohort] = sample.cohorts;
  t.match(cohort, { devices: 2, inferences: 100, errors: 0, errorRatio: 0, latencyUsLimit: 5_000 });
  t.ok(Math.abs((cohort?.latencyUsP50 ?? 0) - 100) < 2, 'the median is that of the fast device');
  t.ok(Math.abs((cohort?.latencyUsP99 ?? 0) - 10_000) < 200, 'the slow one makes the tail');
});

t.test('devices with different packages are different cohorts', async (t) => {
  const running = { ...somePackage('2.0.0', 'b'), slot: 'green', state: 'trial', sinceMs: 0 };
  const other = someDevice('gw-2', { reported: someReport('gw-2', { running }) });
  const none = someDevice('gw-3', { reported: null, health: null });
  const sample = takeSample([someDevice('gw-1'), other, none], testMomentMs);
  t.same(
    sample.cohorts.map((cohort) => cohort.package?.version ?? null),
    ['1.0.0', '2.0.0', null],
  );
  t.match(sample.devices[2], { errorRatio: null, latencyUsP50: null, system: null }, 'no figures are no zeros');
  t.same(
    monitorTables('key', sample).map(({ title }) => title),
    ['occupancy-cfc@1.0.0, 1 device', 'occupancy-cfc@2.0.0, 1 device', 'no package, 1 device'],
  );
});

t.test('the newest rollout shows how its canaries do against the others, if it concerns the target', async (t) => {
  const finding = {
    metric: 'latency',
    verdict: 'failed',
    effect: 0.121,
    low: 0.04,
    high: 0.208,
    unit: 'ratio',
    canaries: 10,
    controls: 30,
    detail: '',
  };
  const analysis = {
    waveIndex: 0,
    verdict: 'failed',
    looks: 2,
    findings: [finding],
    cleanInferences: 5_000,
    evidenceMin: 298,
    holdUntilMs: null,
    isGate: true,
  };
  const rollout = someRollout({ analysis });
  const elsewhere = someRollout({ members: [] });
  const [, shown] = monitorTables('key', takeSample([someDevice()], testMomentMs, [elsewhere, rollout]));
  t.match(shown?.title, /wave 1 against the devices without it: failed/);
  t.same(shown?.table.rows, [['latency', '+12.1 %', '+4.0 % to +20.8 %', 'failed', '10', '30', '-']]);
  t.equal(takeSample([someDevice('gw-9')], testMomentMs, [rollout]).analysis, null);
});

t.test('breaches and absence fire, and are kept once with their span', async (t) => {
  const early = takeSample([someDevice('gw-1', { health: someHealth('gw-1', [1], { breaches: [breach] }) })], 1_000);
  const late = takeSample(
    [someDevice('gw-1', { health: someHealth('gw-1', [1], { breaches: [{ ...breach, value: 8_000 }] }) })],
    3_000,
  );
  const away = takeSample([someDevice('gw-2', { online: false, faults: ['offline for 40 s'] })], 3_000);
  t.same(firingsOf(takeSample([someDevice()], 1_000)), [], 'a healthy device fires nothing');
  const firings = mergeFirings(mergeFirings([], firingsOf(early)), [...firingsOf(late), ...firingsOf(away)]);
  t.match(firings, [
    {
      deviceId: 'gw-1',
      what: 'latency',
      level: 'alert',
      firstMs: 1_000,
      lastMs: 3_000,
      detail: /8000 us, limit 6000 us/,
    },
    { deviceId: 'gw-2', what: 'liveness', detail: 'offline for 40 s' },
  ]);
});

t.test('events tell of what no look met: by number, whatever the clocks say', async (t) => {
  const raised = { kind: 'alert', breach, isRaised: true, digest: null };
  const before = [someEvent(1, raised), someEvent(2, { ...raised, isRaised: false })];
  const reverted = {
    kind: 'reverted',
    package: somePackage(),
    slot: 'green',
    generation: 4,
    rolloutId: null,
    to: null,
    cause: 'policy',
    breach,
    detail: 'too slow',
    tripToServingMs: 3,
    requestsServed: 100,
    requestsFailed: 0,
  };
  const after = [...before, someEvent(3, reverted), someEvent(1, raised, 'e2')];
  t.same(
    eventsSince(after, markEvents(before)).map(({ epoch, sequence }) => `${epoch}/${sequence}`),
    ['e1/3', 'e2/1'],
  );
  t.match(firingsOfEvents(after), [
    { what: 'latency', level: 'alert' },
    { what: 'reverted', level: 'rollback', detail: 'policy: too slow' },
    { what: 'latency', level: 'alert' },
  ]);
});
