import {
  type ChecklistFacts,
  type ChecklistPolicy,
  checkAll,
  checkBefore,
  defaultChecklistPolicy,
  type Rollout,
  silentPolicy,
  unmetError,
} from '@liquid-lln/coordinator';
import { type ChecklistItem, type PreItem, unmetOf } from '@liquid-lln/protocol';
import t from 'tap';
import {
  before,
  check,
  device,
  fullChecks,
  integrationChecks,
  next,
  nowMs,
  readyFacts,
  verification,
} from '../../../support/coordinator/checklist-facts.js';
import { someFleet, someRollout } from '../../../support/coordinator/rollout-builders.js';

const dayMs = 24 * 3_600_000;
const simulated = { environment: 'simulation', kind: 'native' } as const;
const staged = { environment: 'staging', kind: 'stm32h743' } as const;

function found(item: PreItem, changes: Partial<ChecklistFacts> = {}, policy = defaultChecklistPolicy) {
  const finding = checkBefore(readyFacts(changes), policy).find((one) => one.item === item);
  if (finding === undefined) throw new Error(`there is no item ${item}`);
  return finding;
}

/** The ready fleet's verifications, with one check of one device as it is given. */
function withCheck(of: 'simulation' | 'staging', changed: Parameters<typeof check>): ChecklistFacts['verifications'] {
  const made = check(...changed);
  const put = (checks: typeof fullChecks) => [...checks.filter(({ name }) => name !== made.name), made];
  return [
    verification('sim-1', 'full', of === 'simulation' ? put(fullChecks) : fullChecks, simulated),
    verification('stage-1.board', 'integration', of === 'staging' ? put(integrationChecks) : integrationChecks, staged),
  ];
}

const old = [
  verification('sim-1', 'full', fullChecks, { ...simulated, ageMs: 8 * dayMs }),
  verification('stage-1.board', 'integration', integrationChecks, { ...staged, ageMs: 8 * dayMs }),
];

t.test(
  'a package for which everything was done has passed every item, each with its evidence and its time',
  async (t) => {
    const items = checkBefore(readyFacts(), defaultChecklistPolicy);
    t.same(
      items.map(({ item, state }) => `${item} ${state}`),
      items.map(({ item }) => `${item} passed`),
    );
    t.equal(items.length, 10);
    for (const { item, evidence, observedMs, next: steps } of items) {
      t.not(evidence, '', item);
      t.ok(observedMs !== null && observedMs <= nowMs, item);
      t.same(steps, [], item);
    }
    t.same(unmetOf(items), []);
  },
);

t.test('a new fleet is told what to do, from simulation to the channel', async (t) => {
  const facts = readyFacts({
    verifications: [],
    devices: [device('p-1', { running: null, thresholdOrigin: null })],
    fleet: [{ kind: 'native', environment: 'production', digest: null }],
    alertingPolicy: silentPolicy,
    alerting: { channels: new Map(), notices: new Map(), alerts: new Map(), silences: new Map() },
  });
  const items = checkBefore(facts, defaultChecklistPolicy);
  t.same(
    items.map(({ item, state }) => `${item} ${state}`),
    [
      ...['unit-tests missing', 'energy missing', 'latency missing', 'accuracy missing', 'target-hardware missing'],
      ...['devices-healthy passed', 'backup not-applicable', 'rollback-tested not-applicable'],
      ...['monitoring missing', 'stakeholders-notified missing'],
    ],
  );
  t.same(items[0]?.next, [
    'liquid-lln enrol simulation-1',
    'liquid-lln deploy --target simulation --package occupancy-cfc@2.0.0',
    'liquid-lln verify --target simulation --test-suite full',
  ]);
  const error = unmetError(items, next, 'production');
  t.equal(error.code, 'REFUSED_BY_GATE');
  for (const { item } of unmetOf(items))
    t.match(error.message, new RegExp(`^  .*${item}(: missing| \\(missing\\))`, 'm'));
  t.match(error.message, /^ {4}liquid-lln verify --target simulation --test-suite full$/m);
});

t.test('unit tests are the suite full, in simulation, as far as the package works', async (t) => {
  t.match(found('unit-tests'), { state: 'passed', evidence: /sim-1 \(native, simulation\)/ });
  const failed = withCheck('simulation', ['malformed-input', { state: 'failed', detail: 'NaN: HTTP 500' }]);
  t.match(found('unit-tests', { verifications: failed }), {
    state: 'failed',
    evidence: /malformed-input: NaN: HTTP 500/,
  });
  const slow = withCheck('simulation', ['latency', { state: 'failed' }]);
  t.match(found('unit-tests', { verifications: slow }), { state: 'passed' }, 'its latency is an item of its own');
  t.match(found('unit-tests', { verifications: old }), { state: 'stale', next: [/verify --target simulation/] });
  const elsewhere = [verification('stage-1', 'full', fullChecks, { environment: 'staging', kind: 'native' })];
  t.match(found('unit-tests', { verifications: elsewhere }), { state: 'missing' });
  const smoke = [verification('sim-1', 'smoke', fullChecks, simulated)];
  t.match(found('unit-tests', { verifications: smoke }), { state: 'missing' });
});

t.test('promises are kept by what was measured, or there are none', async (t) => {
  for (const item of ['energy', 'latency', 'accuracy'] as const) {
    t.match(found(item), { state: 'passed', evidence: /limit/ }, item);
    const failed = withCheck('simulation', [item, { state: 'failed', value: 3, limit: 2, unit: 'x' }]);
    t.match(found(item, { verifications: failed }), { state: 'failed', evidence: /3 x, limit 2 x/ }, item);
    const unknown = withCheck('simulation', [item, { state: 'inconclusive', detail: 'nothing measures it' }]);
    t.match(found(item, { verifications: unknown }), { state: 'missing', evidence: /nothing measures it/ }, item);
    t.match(found(item, { verifications: old }), { state: 'stale' }, item);
    t.match(found(item, { verifications: [] }), { state: 'missing' }, item);
    const unpromised = withCheck('simulation', [item, { state: 'skipped', detail: 'the package promises none' }]);
    t.match(found(item, { verifications: unpromised }), { state: 'not-applicable' }, item);
  }
  const undecided = withCheck('simulation', ['accuracy', { state: 'inconclusive', detail: 'no dataset' }]);
  t.match(found('accuracy', { verifications: undecided }).next[0], /^liquid-lln datasets add .* --for occupancy-cfc$/);
});

t.test('one device that fails decides against any that pass, and a newer verification against an older', async (t) => {
  const bad = check('latency', { state: 'failed', value: 9, limit: 2, unit: 'us' });
  const other = verification('sim-2', 'full', [bad], { ...simulated, kind: 'posix' });
  const { verifications } = readyFacts();
  t.match(found('latency', { verifications: [...verifications, other] }), { state: 'failed', evidence: /sim-2/ });
  const mended = verification('sim-2', 'production', [check('latency')], { ...simulated, ageMs: 60_000 });
  t.match(found('latency', { verifications: [...verifications, other, mended] }), { state: 'passed' });
});

t.test('each kind of device that is to get the package has computed it somewhere', async (t) => {
  t.match(found('target-hardware'), { state: 'passed', evidence: /sim-1 .*; stage-1.board \(stm32h743, staging\)/ });
  const onlySimulated = readyFacts().verifications.slice(0, 1);
  t.match(found('target-hardware', { verifications: onlySimulated }), {
    state: 'missing',
    evidence: 'no device of kind stm32h743 has verified it',
    next: ['liquid-lln verify --target stm32h743 --env staging --test-suite integration'],
  });
  const failed = withCheck('staging', ['golden-vectors', { state: 'failed', detail: 'vector 0: other outputs' }]);
  t.match(found('target-hardware', { verifications: failed }), { state: 'failed', evidence: /golden-vectors/ });
  t.match(found('target-hardware', { verifications: old }), { state: 'stale' });
  const nowhere = readyFacts().fleet.filter(({ environment }) => environment === 'production');
  t.match(
    found('target-hardware', { verifications: [], fleet: nowhere }).evidence,
    /no stm32h743 outside of production/,
  );
});

t.test('enough of the devices are reachable and healthy, and those that are not are named', async (t) => {
  t.match(found('devices-healthy'), { state: 'passed', evidence: '2 of 2 are reachable and healthy' });
  const devices = [device('p-1'), device('p-2', { faults: ['offline'] })];
  t.match(found('devices-healthy', { devices }), {
    state: 'failed',
    evidence: /1 of 2 .*; p-2: offline/,
    next: ['liquid-lln health --target production'],
  });
  const tolerant: ChecklistPolicy = { ...defaultChecklistPolicy, healthyRatioMin: 0.5 };
  t.match(found('devices-healthy', { devices }, tolerant), { state: 'passed', evidence: /p-2: offline/ });
});

t.test('what serves stays in a slot of its own, and could be brought back', async (t) => {
  t.match(found('backup'), { state: 'passed', evidence: /2 of 2 devices keep occupancy-cfc@1.0.0/ });
  const onTrial = device('p-1', { running: { ...before, slot: 'blue', state: 'trial' } });
  t.match(found('backup', { devices: [onTrial] }), { state: 'failed', evidence: /p-1: .* on trial/ });
  t.match(found('backup', { registered: new Set([next.digest]) }), { state: 'failed', evidence: /not registered/ });
  t.match(found('backup', { devices: [device('p-1', { running: null })] }), { state: 'not-applicable' });
});

t.test('the way back was drilled on each kind of device, with its duration', async (t) => {
  t.match(found('rollback-tested'), { state: 'passed', evidence: /the drill took 8.3 s.*stage-1.board/ });
  const failed = withCheck('staging', ['drill', { state: 'failed', detail: '1 of 60 requests were lost' }]);
  t.match(found('rollback-tested', { verifications: failed }), { state: 'failed', evidence: /1 of 60/ });
  const held = withCheck('staging', ['drill', { state: 'inconclusive', detail: 'rollout r-1 is under way' }]);
  t.match(found('rollback-tested', { verifications: held }), { state: 'missing', evidence: /r-1/ });
  t.match(found('rollback-tested', { verifications: old }), { state: 'stale' });
  const alone = withCheck('staging', ['drill', { state: 'skipped', detail: 'there is no other package' }]);
  t.match(found('rollback-tested', { verifications: alone }), {
    state: 'missing',
    next: [
      'liquid-lln deploy --target stm32h743 --env staging --package occupancy-cfc@1.0.0',
      'liquid-lln deploy --target stm32h743 --env staging --package occupancy-cfc@2.0.0',
      'liquid-lln verify --target stm32h743 --env staging --test-suite integration',
    ],
  });
});

t.test('monitoring is a channel whose test somebody has acknowledged, and thresholds', async (t) => {
  t.match(found('monitoring'), { state: 'passed', evidence: /pager has carried a test, acknowledged by jo/ });
  t.match(found('monitoring', { alertingPolicy: silentPolicy }), { state: 'missing', evidence: /no channel/ });
  const { alerting } = readyFacts();
  const untested = [...alerting.channels.values()].map(
    (channel) => [channel.channel, { ...channel, test: null }] as const,
  );
  t.match(found('monitoring', { alerting: { ...alerting, channels: new Map(untested) } }), {
    state: 'missing',
    next: ['liquid-lln notify --test'],
  });
  t.match(found('monitoring', { nowMs: nowMs + 31 * dayMs }), { state: 'missing', evidence: /30 days/ });
  const unpromised = withCheck('simulation', ['latency', { state: 'skipped' }]);
  const devices = [device('p-1', { thresholdOrigin: null })];
  t.match(found('monitoring', { verifications: unpromised, devices }), {
    state: 'missing',
    evidence: /no latency threshold.*p-1/,
    next: ['liquid-lln monitor --update-thresholds --baseline baseline.json'],
  });
});

t.test('stakeholders were told if a channel has delivered it, of this package and for this environment', async (t) => {
  t.match(found('stakeholders-notified'), { state: 'passed', evidence: 'pager has delivered what jo announced' });
  const { alerting } = readyFacts();
  const told = (changes: object) => {
    const channels = [...alerting.channels.values()].map((channel) => {
      const announcements = channel.announcements?.map((each) => ({ ...each, ...changes })) ?? [];
      return [channel.channel, { ...channel, announcements }] as const;
    });
    return { alerting: { ...alerting, channels: new Map(channels) } };
  };
  t.match(found('stakeholders-notified', told({ deliveredMs: null })), { state: 'failed', evidence: /not delivered/ });
  t.match(found('stakeholders-notified', told({ digest: before.digest })), {
    state: 'missing',
    next: ['liquid-lln notify --announce occupancy-cfc@2.0.0 --target production'],
  });
  t.match(found('stakeholders-notified', told({ environments: ['staging'] })), { state: 'missing' });
  t.match(found('stakeholders-notified', { nowMs: nowMs + 8 * dayMs }), { state: 'stale' });
  const green = { target: { name: 'production-green', environment: null } };
  t.match(found('stakeholders-notified', { ...told({ digest: before.digest }), ...green }).next, [
    /--target production$/,
  ]);
});

t.test('only what is configured is required; the rest is shown', async (t) => {
  const policy: ChecklistPolicy = { ...defaultChecklistPolicy, required: new Set(['unit-tests']) };
  const items = checkBefore(readyFacts({ alertingPolicy: silentPolicy }), policy);
  t.match(
    items.find(({ item }) => item === 'monitoring'),
    { state: 'missing', isRequired: false },
  );
  t.same(unmetOf(items), []);
});

function rolloutThatIs(status: 'running' | 'succeeded'): Rollout {
  return { ...someRollout(someFleet(2), [100]), status, endedMs: status === 'succeeded' ? nowMs - 60_000 : null };
}

function stateOf(facts: ChecklistFacts, item: ChecklistItem['item']): Pick<ChecklistItem, 'state' | 'evidence'> {
  const all = checkAll(facts, defaultChecklistPolicy);
  return all.find((one) => one.item === item) ?? { state: 'missing', evidence: 'no such item' };
}

t.test('while a rollout is open it is looked at, and what comes after is not asked for yet', async (t) => {
  const facts = readyFacts({ rollout: rolloutThatIs('running') });
  t.match(stateOf(facts, 'metrics-watched'), { state: 'passed', evidence: /2 of 2/ });
  t.match(stateOf(facts, 'steps-recorded'), {
    state: 'passed',
    evidence: /is running, 0 of 1 waves passed; issues: none/,
  });
  t.match(stateOf(facts, 'alerts-active'), { state: 'passed' });
  t.match(stateOf(facts, 'registry'), { state: 'not-applicable' });
  const deaf = { ...facts, devices: [device('p-1', { isWatched: false, hasEventGap: true })] };
  t.match(stateOf(deaf, 'metrics-watched'), { state: 'missing', evidence: /p-1/ });
  t.match(stateOf(deaf, 'steps-recorded'), { state: 'failed', evidence: /events are missing of p-1/ });
  const silence = { silenceId: 's-1' as never, matcher: { rule: null, subject: 'p-*', environment: null } };
  const silences = new Map([
    ['s-1' as never, { ...silence, untilMs: nowMs + 1, reason: 'x', by: 'jo', atMs: 1 } as never],
  ]);
  t.match(stateOf({ ...facts, alerting: { ...facts.alerting, silences } }, 'alerts-active'), {
    state: 'failed',
    evidence: /p-1, p-1.board are silenced/,
  });
  t.match(stateOf({ ...facts, alertingPolicy: silentPolicy }, 'alerts-active'), { state: 'missing' });
});

t.test('after a rollout everything is open that was not done since', async (t) => {
  const rollout = rolloutThatIs('succeeded');
  const running = { ...next, slot: 'green', state: 'confirmed' } as const;
  const facts = readyFacts({ rollout, devices: [device('p-1', { running }), device('p-1.board', { running })] });
  t.match(stateOf(facts, 'metrics-watched'), { state: 'not-applicable', evidence: /is over: succeeded/ });
  t.match(stateOf(facts, 'deployment-log'), { state: 'passed', evidence: /is succeeded/ });
  t.match(stateOf(facts, 'registry'), { state: 'passed', evidence: /2 of 2 devices run/ });
  for (const item of [
    'performance-verified',
    'baseline-recorded',
    'thresholds-updated',
    'report-written',
    'completion-notified',
  ] as const)
    t.match(stateOf(facts, item), { state: 'missing' }, item);
  const since = { environment: 'production', kind: 'native', ageMs: 0 } as const;
  const adopted = { digest: next.digest, atMs: nowMs };
  const done = {
    ...facts,
    rollout: { ...rollout, reported: { by: 'jo', file: 'report.html', atMs: nowMs } },
    devices: facts.devices.map((each) => ({ ...each, adopted, thresholdOrigin: 'baseline' as const })),
    verifications: [...facts.verifications, verification('p-1', 'production', fullChecks, since)],
    alertingPolicy: {
      ...facts.alertingPolicy,
      channels: facts.alertingPolicy.channels.map((channel) => ({ ...channel, topics: ['rollouts' as const] })),
    },
    alerting: {
      ...facts.alerting,
      channels: new Map(
        [...facts.alerting.channels].map(([name, channel]) => [name, { ...channel, deliveredMs: nowMs }]),
      ),
    },
  };
  t.same(
    checkAll(done, defaultChecklistPolicy).flatMap(({ phase, item, state }) =>
      phase === 'post' && state !== 'passed' ? [item] : [],
    ),
    [],
  );
});
