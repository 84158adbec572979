import { isLlnError, LlnError } from '@liquid-lln/protocol';
import t from 'tap';
import { deployOf, desired, quickPolicy } from '../../support/agent/documents.js';
import { type SignedPackageOptions, signedPackage } from '../../support/agent/signed-package.js';
import { VirtualAgent } from '../../support/agent/virtual-agent.js';

/** An agent with a confirmed package, and a second one on trial under the runbook's own numbers. */
async function agentOnTrial(options: SignedPackageOptions = {}) {
  const agent = await VirtualAgent.start();
  const first = signedPackage();
  const second = signedPackage({ version: '2.0.0', weight: 0.6, ...options });
  agent.offer(first);
  agent.offer(second);
  await agent.setDesired(desired(1, deployOf(first.reference)));
  await agent.pass(5, () => agent.infer(20));
  t.equal(agent.report?.running?.state, 'confirmed', 'the first package is confirmed');
  return { agent, first, second };
}

async function startTrial({ agent, second }: Awaited<ReturnType<typeof agentOnTrial>>, policy = {}): Promise<void> {
  await agent.setDesired(desired(2, deployOf(second.reference, { memoryRatioAlert: 1, ...policy })));
  t.equal(agent.report?.running?.state, 'trial', 'the second package is on trial');
}

t.test('B22: an error rate over 10 % for two minutes reverts with the network cut, and no request fails', async (t) => {
  const setting = await agentOnTrial();
  const { agent, first, second } = setting;
  let asked = 0;
  agent.engine.behaviours.set(second.reference.digest, {
    answer: () => {
      asked += 1;
      return asked % 5 === 0 ? Number.NaN : 0.5;
    },
    latencyUs: 100,
  });
  await startTrial(setting);
  agent.bus.disconnect();
  let answered = 0;
  const live = async () => {
    answered += await agent.infer(10);
  };
  await agent.pass(119, live);
  t.equal(agent.agent.model()?.digest, second.reference.digest, 'not before the two minutes are over');
  await agent.pass(3, live);
  t.equal(agent.agent.model()?.digest, first.reference.digest, 'the package before serves again');
  t.equal(answered, 1220, 'every request was answered');
  agent.bus.connect();
  await agent.settle();
  const [event] = agent.eventsOf('reverted');
  t.match(event, { cause: 'policy', breach: { metric: 'error-rate', level: 'rollback' }, requestsFailed: 0 });
  t.match(event, { to: { digest: first.reference.digest } });
  t.same(agent.report?.quarantined, [second.reference.digest]);
});

t.test('a client that asks for long sequences does not make a model too slow', async (t) => {
  const setting = await agentOnTrial({ latencyMs: 1 });
  const { agent, second } = setting;
  await startTrial(setting);
  const inputs = Array.from({ length: 1_000 }, () => [0.5]);
  await agent.pass(20, () => agent.agent.infer({ inputs }));
  t.equal(agent.agent.model()?.digest, second.reference.digest);
  t.same(agent.eventsOf('reverted'), []);
});

t.test('B22: a mean latency over its threshold by more than half reverts with the network cut', async (t) => {
  const setting = await agentOnTrial({ latencyMs: 1 });
  const { agent, first, second } = setting;
  agent.engine.behaviours.set(second.reference.digest, { answer: () => 0.5, latencyUs: 1_600 });
  await startTrial(setting);
  agent.bus.disconnect();
  await agent.pass(32, () => agent.infer(10));
  t.equal(agent.agent.model()?.digest, first.reference.digest);
  agent.bus.connect();
  await agent.settle();
  t.match(agent.eventsOf('reverted'), [{ cause: 'policy', breach: { metric: 'latency', value: 1_600, limit: 1_500 } }]);
});

t.test('B22: an energy over its budget by more than a quarter reverts with the network cut', async (t) => {
  const setting = await agentOnTrial({ energyMw: 100 });
  const { agent, first, second } = setting;
  await startTrial(setting);
  agent.bus.disconnect();
  agent.sensors.readings = { ...agent.sensors.readings, energyMw: { value: 126, source: 'hwmon' } };
  await agent.pass(50);
  t.equal(agent.agent.model()?.digest, second.reference.digest, 'not before a minute of readings');
  await agent.pass(10);
  t.equal(agent.agent.model()?.digest, first.reference.digest);
  agent.bus.connect();
  await agent.settle();
  t.match(agent.eventsOf('reverted'), [{ breach: { metric: 'energy', value: 126, limit: 125 } }]);
});

t.test('B22: a crash of the device in a trial reverts at its next start, without a network', async (t) => {
  const setting = await agentOnTrial();
  const { agent, first, second } = setting;
  await startTrial(setting);
  agent.bus.disconnect();
  const restarted = await VirtualAgent.start(agent, {}, false);
  t.equal(restarted.agent.model()?.digest, first.reference.digest);
  t.equal(restarted.agent.model()?.state, 'confirmed');
  restarted.bus.connect();
  await restarted.settle();
  t.match(restarted.eventsOf('reverted'), [{ cause: 'restart', package: { digest: second.reference.digest } }]);
  t.match(restarted.report?.outcome, { generation: 2, result: 'reverted', code: 'restart' });
});

t.test('B22: a confirmed package is watched by the same triggers, and left for the one before', async (t) => {
  const setting = await agentOnTrial();
  const { agent, first, second } = setting;
  await startTrial(setting, quickPolicy);
  await agent.pass(4, () => agent.infer(20));
  t.match(agent.report?.running, { digest: second.reference.digest, state: 'confirmed' });
  agent.bus.disconnect();
  agent.engine.behaviours.set(second.reference.digest, { answer: () => Number.POSITIVE_INFINITY, latencyUs: 100 });
  await agent.pass(4, () => agent.infer(20));
  t.equal(agent.agent.model()?.digest, first.reference.digest);
});

t.test('an energy that is not a number is no reading, and never a zero', async (t) => {
  const setting = await agentOnTrial({ energyMw: 100 });
  const { agent, second } = setting;
  await startTrial(setting, { ...quickPolicy, energyExcessAlert: 0, energyExcessRollback: 0 });
  agent.sensors.readings = { ...agent.sensors.readings, energyMw: { value: Number.NaN, source: 'hwmon' } };
  await agent.pass(4, () => agent.infer(20));
  t.equal(agent.agent.model()?.digest, second.reference.digest);
  t.equal(agent.agent.health().windows.recent.energyMw, null);
});

t.test('B23: loss of the broker is no reason to revert, and none to stop the trial', async (t) => {
  const setting = await agentOnTrial();
  const { agent, second } = setting;
  await startTrial(setting);
  agent.bus.disconnect();
  await agent.pass(70, () => agent.infer(5));
  t.match(agent.agent.model(), { digest: second.reference.digest, state: 'confirmed' });
  await agent.pass(600);
  t.match(agent.agent.model(), { digest: second.reference.digest, state: 'confirmed' });
  agent.bus.connect();
  await agent.settle();
  t.same(agent.eventsOf('reverted'), []);
  t.match(agent.eventsOf('confirmed').at(-1), { package: { digest: second.reference.digest } });
});

t.test('without traffic the agent makes the evidence of a trial itself, and says that it did', async (t) => {
  const setting = await agentOnTrial();
  const { agent, second } = setting;
  await startTrial(setting);
  await agent.pass(62);
  t.match(agent.agent.model(), { digest: second.reference.digest, state: 'confirmed' });
  const { recent } = agent.agent.health().windows;
  t.equal(recent.probes, recent.inferences);
  t.ok((agent.eventsOf('confirmed').at(-1)?.evidence ?? 0) >= 298);
});

t.test('B26: a trial that gathers no evidence reverts at its deadline, and is not quarantined', async (t) => {
  const setting = await agentOnTrial();
  const { agent, first } = setting;
  await startTrial(setting, { soakSeconds: 1, trialSecondsMax: 20, evidenceInferencesMin: 100_000 });
  await agent.pass(22);
  t.equal(agent.agent.model()?.digest, first.reference.digest);
  t.match(agent.eventsOf('reverted'), [{ cause: 'deadline', breach: null }]);
  t.same(agent.report?.quarantined, []);
});

t.test('a session goes on without a hole after a revert', async (t) => {
  const setting = await agentOnTrial({ latencyMs: 1 });
  const { agent, first, second } = setting;
  agent.engine.behaviours.set(first.reference.digest, { answer: (step) => step / 100, latencyUs: 100 });
  agent.engine.behaviours.set(second.reference.digest, { answer: () => Number.NaN, latencyUs: 1_600 });
  const ask = async () => (await agent.agent.infer({ input: [0], session: 'room-1' })).output[0];
  t.equal(await ask(), Math.fround(0.01));
  await startTrial(setting);
  t.equal(await ask(), Math.fround(0.02), 'answered by the package before');
  await agent.pass(32, () => agent.infer(10));
  t.equal(agent.agent.model()?.digest, first.reference.digest);
  t.equal(await ask(), Math.fround(0.03), 'and it has forgotten nothing');
  t.equal(agent.engine.openModels, 1, 'the package that was left is closed');
});

t.test('a revert does not wait for a disk that refuses', async (t) => {
  const setting = await agentOnTrial({ latencyMs: 1 });
  const { agent, first, second } = setting;
  agent.engine.behaviours.set(second.reference.digest, { answer: () => 0.5, latencyUs: 1_600 });
  await startTrial(setting);
  agent.storage.failure = new LlnError('STORAGE_FAILED', 'the disk is gone');
  await agent.pass(32, () => agent.infer(10));
  t.equal(agent.agent.model()?.digest, first.reference.digest);
  t.ok(isLlnError(agent.storage.failure, 'STORAGE_FAILED'));
});

t.test('B18: with a request now and then a trial does not end by the chance of one error', async (t) => {
  const setting = await agentOnTrial();
  const { agent, second } = setting;
  let asked = 0;
  agent.engine.behaviours.set(second.reference.digest, {
    answer: (step) => {
      if (step > 1) return 0.5;
      asked += 1;
      return asked === 30 ? Number.NaN : 0.5;
    },
    latencyUs: 100,
  });
  await startTrial(setting);
  await agent.pass(180, async () => (asked % 2 === 0 ? agent.infer(1) : undefined));
  t.equal(agent.agent.model()?.digest, second.reference.digest);
  t.same(agent.eventsOf('reverted'), []);
});

t.test('B30: a wall clock that jumps by years changes no decision', async (t) => {
  const setting = await agentOnTrial();
  const { agent, second } = setting;
  await startTrial(setting);
  const years = 10 * 365 * 24 * 3_600_000;
  let isAhead = false;
  await agent.pass(58, async () => {
    isAhead = !isAhead;
    agent.clock.jumpWall(isAhead ? years : -years);
    await agent.infer(5);
  });
  t.match(
    agent.agent.model(),
    { digest: second.reference.digest, state: 'trial' },
    'the soak is not over before its time',
  );
  await agent.pass(4, () => agent.infer(5));
  t.match(agent.agent.model(), { digest: second.reference.digest, state: 'confirmed' });
  t.same(agent.eventsOf('reverted'), []);
});

t.test('B30: latencies that are no numbers are errors, and no evidence', async (t) => {
  const setting = await agentOnTrial({ latencyMs: 1 });
  const { agent, first, second } = setting;
  agent.engine.behaviours.set(second.reference.digest, { answer: () => 0.5, latencyUs: Number.NaN });
  await startTrial(setting, { errorRateWindowSeconds: 30 });
  await agent.pass(29, () => agent.infer(20));
  t.match(agent.agent.health().windows.recent, { latencyUs: { count: 0 } });
  await agent.pass(4, () => agent.infer(20));
  t.equal(agent.agent.model()?.digest, first.reference.digest);
  t.match(agent.eventsOf('reverted'), [{ breach: { metric: 'error-rate', value: 1 } }]);
});

t.test('B28: an alert is one event when it begins and one when it ends, and holds the confirmation up', async (t) => {
  const setting = await agentOnTrial({ energyMw: 100 });
  const { agent, second } = setting;
  await startTrial(setting);
  const meter = (value: number) => {
    agent.sensors.readings = { ...agent.sensors.readings, energyMw: { value, source: 'hwmon' } };
  };
  meter(120);
  await agent.pass(100, () => agent.infer(10));
  t.match(agent.agent.model(), { digest: second.reference.digest, state: 'trial' });
  t.match(agent.agent.health().breaches, [{ metric: 'energy', level: 'alert' }]);
  meter(90);
  await agent.pass(100, () => agent.infer(10));
  const alerts = agent.eventsOf('alert').map(({ breach, isRaised }) => [breach.metric, isRaised]);
  t.same(alerts, [
    ['energy', true],
    ['energy', false],
  ]);
  t.equal(agent.agent.model()?.state, 'confirmed');
});

t.test('what is in force is shown with where it comes from', async (t) => {
  const setting = await agentOnTrial({ energyMw: 100 });
  const { agent } = setting;
  await startTrial(setting, { errorRatioRollback: 0.2 });
  agent.sensors.readings = { ...agent.sensors.readings, temperatureC: { value: 50, source: 'thermal-zone' } };
  await agent.pass(1);
  const { limits, windows } = agent.agent.health();
  const of = (metric: string) => limits.find((limit) => limit.metric === metric);
  t.match(of('error-rate'), { rollback: 0.2, origin: 'policy' });
  t.match(of('energy'), { alert: 115, rollback: 125, origin: 'budget' });
  t.match(of('latency'), { origin: 'baseline' }, 'learned from the package before');
  t.equal(windows.recent.thermalBandC, 45);
});
