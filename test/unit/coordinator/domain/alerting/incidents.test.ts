import {
  AlertingStateBuilder,
  acknowledgeIncident,
  alertKey,
  chainOf,
  chooseIsolation,
  closeIncident,
  escalateTo,
  findTriggers,
  noteEmergency,
  openIncident,
  silentPolicy,
  stepEscalation,
  takeTriggers,
  tellIncident,
} from '@liquid-lln/coordinator';
import { type Alert, alertSchema, type Incident, parseWith, timelineMax } from '@liquid-lln/protocol';
import t from 'tap';
import { somePolicy } from '../../../../support/coordinator/notices.js';
import { deviceIdOf, fleetOf, someDevice, someFleet } from '../../../../support/coordinator/rollout-builders.js';

const { escalation: policy } = somePolicy;

let made = 0;
function alertOf(rule: string, subject: string, changes: object = {}): Alert {
  made += 1;
  const alert = {
    alertId: `a-${made}`,
    rule,
    subject,
    severity: 'critical',
    of: 'state',
    environment: 'production',
    devices: [subject],
    detail: 'it is so',
    raisedMs: 0,
    endedMs: null,
    repeats: 0,
    acknowledged: null,
    ...changes,
  };
  return parseWith(alertSchema, alert, 'alert');
}

function stateWith(alerts: readonly Alert[], incidents: readonly Incident[] = []): AlertingStateBuilder {
  const state = new AlertingStateBuilder();
  for (const value of alerts) state.put({ of: 'alert', key: value.alertId, value });
  for (const value of incidents) state.put({ of: 'incident', key: value.incidentId, value });
  state.put({ of: 'counter', key: 'incident', value: incidents.length });
  return state;
}

const lateMs = policy.unresponsiveSeconds * 1_000;
/** All that is alerted is seen now. */
const presentAt = (alerts: readonly Alert[], nowMs: number) => ({ keys: new Set(alerts.map(alertKey)), nowMs });
const causes = (alerts: readonly Alert[], nowMs = lateMs, present = alerts) =>
  findTriggers(stateWith(alerts), policy, presentAt(present, nowMs)).map(({ cause }) => cause);

t.test('B51: what calls for people', async (t) => {
  t.same(causes([alertOf('latency', 'gw-1')]), []);
  t.same(causes([alertOf('rollback-failed', 'gw-1')], 0), ['rollback-failed']);
  t.same(causes([alertOf('function-broken', 'gw-1'), alertOf('data-corruption', 'gw-2')], 0), [
    'function-broken',
    'data-corruption',
  ]);
  t.same(causes([alertOf('unresponsive', 'gw-1')]), [], 'one device');
  const two = [alertOf('unresponsive', 'gw-1'), alertOf('unresponsive', 'gw-2')];
  t.same(causes(two), ['devices-unresponsive']);
  t.same(causes(two, lateMs - 1), [], 'not yet');
  t.same(causes(two, lateMs, two.slice(1)), [], 'one is heard again, or was never listened to since the start');
  t.same(causes([alertOf('unresponsive', 'gw-1'), alertOf('unresponsive', 'gw-1.a')]), [], 'a gateway and its board');
  t.same(causes([alertOf('unresponsive', 'gw-1.a'), alertOf('unresponsive', 'gw-1.b')]), ['devices-unresponsive']);
  const known = { acknowledged: { by: 'ada', reason: 'seen', atMs: 1 } };
  t.same(causes([alertOf('rollback-failed', 'gw-1', known)]), [], 'somebody knows');
});

t.test('B51: who is told next goes by the cause', async (t) => {
  const [one, board, other] = ['gw-1', 'gw-1.a', 'gw-2'].map(deviceIdOf) as [never, never, never];
  t.same(chainOf('devices-unresponsive', [one, board]), ['on-call-engineer', 'hardware-team']);
  t.same(chainOf('devices-unresponsive', [one, other]), ['on-call-engineer', 'devops-team']);
  t.same(chainOf('function-broken', [one]), ['on-call-engineer', 'ml-team']);
  t.same(chainOf('data-corruption', [one]), ['on-call-engineer', 'hardware-team']);
});

const broken = [alertOf('function-broken', 'gw-1')];
const opened = (): Incident => {
  const init = {
    cause: 'function-broken' as const,
    detail: 'x',
    alerts: broken,
    devices: [],
    by: 'coordinator',
    nowMs: 0,
  };
  return openIncident(0, init);
};

/** Lets an incident stand for so long, a second a step; who is told when, in words. */
function watch(incident: Incident, seconds: number, fromSeconds = 0) {
  const told: string[] = [];
  let current = incident;
  for (let second = fromSeconds; second < fromSeconds + seconds; second += 1) {
    const after = stepEscalation(current, somePolicy, 'coordinator', second * 1_000);
    for (const { draft, roles } of tellIncident(current, after, second * 1_000))
      told.push(`${second} ${draft.event} ${roles.join('+')}`);
    current = after;
  }
  return { told, incident: current };
}

t.test('B51: nobody answers: told again, then the next role too, then it says so; it has an end', async (t) => {
  const { told, incident } = watch(opened(), 4 * 3_600);
  t.same(told, [
    '0 opened on-call-engineer',
    '300 repeated on-call-engineer',
    '600 repeated on-call-engineer',
    '900 escalated on-call-engineer+ml-team',
    '1200 repeated on-call-engineer+ml-team',
    '1500 repeated on-call-engineer+ml-team',
    '1800 repeated on-call-engineer+ml-team',
  ]);
  t.match(incident.timeline.at(-1), { kind: 'escalated', text: /nobody has acknowledged/ });
  t.equal(incident.escalation.isExhausted, true);
});

t.test('B51: an acknowledgement ends it; what comes after that begins it anew', async (t) => {
  const told = watch(opened(), 400).incident;
  const known = acknowledgeIncident(told, { by: 'ada', reason: 'on it', atMs: 400_000 });
  t.same(watch(known, 3_600, 400).told, []);
  const joined = alertOf('function-broken', 'gw-2');
  const state = stateWith([...broken, joined], [known]);
  const { changed } = takeTriggers(
    state,
    findTriggers(state, policy, presentAt([...broken, joined], 500_000)),
    'coordinator',
    500_000,
  );
  t.match(changed, [{ status: 'open', devices: ['gw-1', 'gw-2'] }]);
  t.match(watch(changed[0] ?? known, 1, 500).told, ['500 opened on-call-engineer']);
});

t.test(
  'one incident for a cause, however many alerts; it rests when all have ended, and wakes when one is back',
  async (t) => {
    const state = stateWith(broken);
    const triggers = findTriggers(state, policy, presentAt(broken, 0));
    const { opened: first } = takeTriggers(state, triggers, 'coordinator', 0);
    t.equal(first.length, 1);
    const again = takeTriggers(stateWith(broken, first), triggers, 'coordinator', 1);
    t.same([...again.opened, ...again.changed], []);
    const over = broken.map((alert) => ({ ...alert, endedMs: 2 }));
    const { changed } = takeTriggers(stateWith(over, first), [], 'coordinator', 3);
    t.match(changed, [{ status: 'recovered', timeline: [{}, { kind: 'recovered' }] }]);
    t.same(watch(changed[0] ?? opened(), 3_600).told, []);
    const back = takeTriggers(stateWith(broken, changed), triggers, 'coordinator', 4);
    t.match(back.changed, [{ status: 'open' }]);
    const closed = closeIncident(back.changed[0] ?? opened(), { by: 'ada', reason: 'replaced', atMs: 5 });
    t.equal(
      takeTriggers(stateWith(broken, [closed]), triggers, 'coordinator', 6).opened.length,
      1,
      'then it is another',
    );
  },
);

t.test('by hand an incident goes to the next role, or to one that is named', async (t) => {
  const telling = { policy: somePolicy, by: 'ada', nowMs: 1_000 };
  const told = watch(opened(), 1).incident;
  t.match(escalateTo(told, null, 'no answer', telling), { escalation: { level: 1, toldMs: 1_000 } });
  const named = escalateTo(told, 'devops-team', 'the network is down', telling);
  t.match(named, { chain: ['on-call-engineer', 'ml-team', 'devops-team'], escalation: { level: 2 } });
  t.match(named.timeline.at(-1)?.text, 'now told to on-call-engineer, ml-team, devops-team');
  const alone = escalateTo(told, null, 'no answer', { ...telling, policy: silentPolicy });
  t.match(alone.timeline.at(-1)?.text, /no channel is configured for on-call-engineer, ml-team/, 'it says so');
});

t.test('the emergency procedure is written down in its order, and told to everybody', async (t) => {
  const steps = { reason: 'smoke', stopped: ['r-000001'], isolated: [deviceIdOf('gw-1')], left: [], role: null };
  const before = opened();
  const after = noteEmergency(before, steps, { policy: somePolicy, by: 'ada', nowMs: 7 });
  t.same(
    after.timeline.slice(1).map(({ kind, text }) => `${kind} ${text.split(':', 1)[0]}`),
    ['stopped STOP', 'isolated ISOLATE', 'notified NOTIFY', 'noted DOCUMENT', 'notified told to on-call-engineer'],
  );
  t.match(tellIncident(before, after, 7), [
    { draft: { event: 'emergency', severity: 'critical' }, roles: { length: 4 } },
  ]);
});

t.test('nobody isolates more than a quarter of an environment by themselves', async (t) => {
  const fleet = someFleet(8);
  const choose = (count: number, isolated = new Map()) =>
    chooseIsolation([...fleet.keys()].slice(0, count), fleet, isolated, 0.25);
  t.equal(choose(2).devices.length, 2);
  t.match(choose(3), { devices: [], left: [/3 of 8 devices of production are concerned, 2 may be isolated/] });
  const document = { v: 1, revision: 1, isolated: true, reason: 'x', by: 'ada', atMs: 1 } as const;
  const elsewhere = new Map([[deviceIdOf('gw-8'), { deviceId: deviceIdOf('gw-8'), document }]]);
  t.equal(choose(2, elsewhere).devices.length, 0, 'those that are isolated already count');
  const pair = fleetOf([someDevice('gw-1'), someDevice('gw-2')]);
  t.equal(chooseIsolation([deviceIdOf('gw-1')], pair, new Map(), 0.25).devices.length, 1, 'one always may');
});

t.test('a timeline has an end, and keeps its beginning', async (t) => {
  let incident = opened();
  const entry = { atMs: 1, actor: 'ada', kind: 'noted' as const };
  for (let note = 0; note < 2 * timelineMax; note += 1)
    incident = closeIncident({ ...incident, status: 'open' }, { by: 'ada', reason: `note ${note}`, atMs: entry.atMs });
  t.equal(incident.timeline.length, timelineMax);
  t.match(incident.timeline[0], { kind: 'opened' });
  t.match(incident.timeline.at(-1), { text: `note ${2 * timelineMax - 1}` });
});
