import {
  conditionsOfAudit,
  conditionsOfEvent,
  hasSameLimits,
  isMatching,
  sightDevice,
  sightMetrics,
  silenceOf,
} from '@liquid-lln/coordinator';
import {
  type Alert,
  type AlertMatcher,
  alertSchema,
  type DeviceEvent,
  defaultPolicy,
  type HealthMessage,
  heartbeatsMissedMax,
  parseWith,
  type Silence,
} from '@liquid-lln/protocol';
import t from 'tap';
import {
  deviceIdOf,
  generationOf,
  someDevice,
  someFleet,
  someRollout,
} from '../../../../support/coordinator/rollout-builders.js';
import { someHealth, somePackage } from '../../../../support/fleet-views.js';

const limitMs = heartbeatsMissedMax * defaultPolicy.heartbeatSeconds * 1_000;

function rulesOf(health: HealthMessage | null, changes: Parameters<typeof someDevice>[1] = {}): string[] {
  const metrics = health === null ? null : sightMetrics(health, defaultPolicy);
  return sightDevice(someDevice('gw-1', changes), metrics, null).conditions.map(({ rule }) => rule);
}

/** A window with this share of errors among a thousand requests. */
function withErrors(errors: number): HealthMessage {
  const health = someHealth();
  return { ...health, window: { ...health.window, inferences: 1_000, errors } };
}

t.test('B28: error rates, temperatures and memory are judged here once more, by the alert limits', async (t) => {
  t.same(rulesOf(someHealth()), []);
  t.same(rulesOf(withErrors(45)), [], '4.5 % is not over 5 %');
  t.same(rulesOf(withErrors(80)), ['error-rate']);
  const { window } = someHealth();
  t.same(rulesOf(someHealth('gw-1', [100], { window: { ...window, memoryRatio: 0.81 } })), ['memory']);
  const hot = { value: 86, source: 'thermal-zone' };
  t.same(rulesOf(someHealth('gw-1', [100], { window: { ...window, temperatureC: hot } })), ['temperature']);
});

t.test('B28: a figure just below its limit does not raise an alert, and keeps one standing', async (t) => {
  const { window } = someHealth();
  const near = someHealth('gw-1', [100], {
    window: { ...window, temperatureC: { value: 84, source: 'thermal-zone' } },
  });
  const sight = sightMetrics(near, defaultPolicy);
  t.same(sight.breaches, []);
  t.same(sight.lingering, ['temperature']);
});

t.test(
  'a policy that differs in its trials alone says the same of health; one with another limit may not',
  async (t) => {
    t.ok(hasSameLimits(defaultPolicy, { ...defaultPolicy, soakSeconds: 1, evidenceInferencesMin: 5 }));
    const byLimits = Object.entries(defaultPolicy).filter(([name, value]) =>
      hasSameLimits(defaultPolicy, { ...defaultPolicy, [name]: value + 1 }),
    );
    t.same(
      byLimits.map(([name]) => name),
      [
        'shadowSeconds',
        'shadowDisagreementMax',
        'soakSeconds',
        'evidenceInferencesMin',
        'trialSecondsMax',
        'heartbeatSeconds',
      ],
    );
  },
);

t.test('B28: what the device found itself counts, with its figures', async (t) => {
  const breach = { metric: 'latency', level: 'rollback', value: 160, limit: 150, unit: 'us', samples: 70 };
  const metrics = sightMetrics(someHealth('gw-1', [100], { breaches: [breach] }), defaultPolicy);
  const [condition] = sightDevice(someDevice('gw-1'), metrics, null).conditions;
  t.match(condition, { rule: 'latency', severity: 'critical', detail: /160 us over its rollback limit of 150/ });
});

t.test('B28: silence for three heartbeats is an alert; old figures of a silent device say nothing', async (t) => {
  t.same(rulesOf(null, { silentMs: limitMs }), []);
  t.same(rulesOf(withErrors(80), { silentMs: limitMs + 1 }), ['unresponsive']);
  t.same(rulesOf(withErrors(80), { isOnline: false, silentMs: limitMs + 1 }), ['unresponsive']);
});

t.test('a device that has packages and serves none is broken; one without any is new', async (t) => {
  t.same(rulesOf(null, { reported: { running: null } }), ['function-broken']);
  const empty = { state: 'empty', package: null, bytes: 0, failure: null };
  t.same(rulesOf(null, { reported: { running: null, slots: { blue: empty, green: empty } } }), []);
});

t.test('a device that refuses to go back is a failed rollback', async (t) => {
  const outcome = {
    generation: 4,
    digest: null,
    result: 'refused',
    code: 'NOTHING_TO_ROLL_BACK_TO',
    detail: 'none',
    atMs: 1,
  };
  const device = someDevice('gw-1', { reported: { generation: 4, outcome } });
  const instruction = { kind: 'rollback' as const, from: null, reason: 'bad' };
  const desire = { generation: generationOf(4), instruction, rolloutId: null };
  t.match(sightDevice(device, null, desire).conditions, [{ rule: 'rollback-failed', severity: 'critical' }]);
  t.same(sightDevice(device, null, { ...desire, generation: generationOf(5) }).conditions, [], 'an older one');
});

function eventOf(body: DeviceEvent['body']): DeviceEvent {
  return { v: 1, deviceId: deviceIdOf('gw-1.a'), epoch: 'e1', sequence: 1, atMs: 1, body };
}

t.test('events of devices that are alerts', async (t) => {
  const rules = (body: DeviceEvent['body']) =>
    conditionsOfEvent(eventOf(body), 'staging').map(({ rule, subject }) => `${rule} ${subject}`);
  t.same(rules({ kind: 'store-corrupt', detail: 'x' }), ['data-corruption gw-1.a']);
  t.same(rules({ kind: 'crash-loop', detail: 'x' }), ['function-broken gw-1.a']);
  t.same(rules({ kind: 'unit-mixed', generation: generationOf(1), detail: 'x' }), ['unit-mixed gw-1']);
  const reverted = {
    kind: 'reverted' as const,
    package: somePackage('2.0.0'),
    slot: 'blue' as const,
    generation: generationOf(1),
    rolloutId: null,
    to: null,
    breach: null,
    detail: 'slow',
    tripToServingMs: 1,
    requestsServed: 1,
    requestsFailed: 0,
  };
  t.same(rules({ ...reverted, cause: 'policy' }), ['quarantine occupancy-cfc@2.0.0']);
  t.same(rules({ ...reverted, cause: 'instruction' }), [], 'as it was told');
});

t.test('a rollout that halts by itself is an alert; a rollback that does is a failed one', async (t) => {
  const rollout = someRollout(someFleet(2));
  const halted = { atMs: 1, actor: 'coordinator', action: 'rollout-halted', subject: rollout.rolloutId, reason: null };
  const entry = { ...halted, detail: 'gw-1 reverted' };
  t.match(conditionsOfAudit(entry, rollout), [{ rule: 'rollout-halted', subject: rollout.rolloutId }]);
  t.match(conditionsOfAudit(entry, { ...rollout, kind: 'rollback' }), [
    { rule: 'rollback-failed', severity: 'critical' },
  ]);
  for (const kind of ['stage', 'switch', 'decommission'] as const)
    t.match(conditionsOfAudit(entry, { ...rollout, kind }), [{ rule: 'rollout-halted', severity: 'warning' }], kind);
  t.same(conditionsOfAudit({ ...entry, action: 'stop', actor: 'ada' }, rollout), []);
});

const alert: Alert = parseWith(
  alertSchema,
  {
    alertId: 'a-1',
    rule: 'latency',
    subject: 'gw-12.board',
    severity: 'warning',
    of: 'state',
    environment: 'staging',
    devices: ['gw-12.board'],
    detail: '',
    raisedMs: 1,
    endedMs: null,
    repeats: 0,
    acknowledged: null,
  },
  'alert',
);

t.test('a silence means what agrees with all that it names, and ends by itself', async (t) => {
  const all: AlertMatcher = { rule: null, subject: null, environment: null };
  t.ok(isMatching(all, alert));
  t.ok(isMatching({ ...all, rule: 'latency', environment: 'staging' }, alert));
  t.notOk(isMatching({ ...all, rule: 'latency', environment: 'production' }, alert));
  for (const subject of ['gw-12.board', 'gw-1*', '*', '*.board', 'g*2.*d', '*1*2*'])
    t.ok(isMatching({ ...all, subject }, alert), subject);
  for (const subject of ['gw-12', 'gw-2*', '*.boar', 'gw-12.board*d', 'b*g'])
    t.notOk(isMatching({ ...all, subject }, alert), subject);
  const silence: Silence = {
    silenceId: 's-1' as Silence['silenceId'],
    matcher: all,
    untilMs: 100,
    reason: 'repair',
    by: 'ada',
    atMs: 1,
  };
  t.equal(silenceOf(alert, [silence], 99)?.silenceId, 's-1');
  t.equal(silenceOf(alert, [silence], 100), null);
});
