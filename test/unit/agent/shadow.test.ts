import { LlnError, type PolicyOverrides } from '@liquid-lln/protocol';
import t from 'tap';
import { deployOf, desired, isolation, quickPolicy } from '../../support/agent/documents.js';
import { signedPackage } from '../../support/agent/signed-package.js';
import { VirtualAgent } from '../../support/agent/virtual-agent.js';

const first = signedPackage();
const second = signedPackage({ version: '2.0.0', weight: 0.6, latencyMs: 1 });
const shadowed = { ...quickPolicy, shadowSeconds: 10, trialSecondsMax: 120 } satisfies PolicyOverrides;

/** The live package's answers: they change, so that there is something to be measured by. */
function wave(step: number): number {
  return Math.sin(step);
}

interface Candidate {
  readonly answer?: (step: number) => number;
  readonly latencyUs?: number;
}

/** An agent that serves a package, and is offered a second one. */
async function startServing({ answer = wave, latencyUs = 100 }: Candidate = {}) {
  const agent = await VirtualAgent.start();
  agent.offer(first);
  agent.offer(second);
  agent.engine.behaviours.set(first.reference.digest, { answer: wave, latencyUs: 100 });
  agent.engine.behaviours.set(second.reference.digest, { answer, latencyUs });
  await agent.setDesired(desired(1, deployOf(first.reference)));
  await agent.pass(5, () => agent.infer(20));
  return agent;
}

/** One that has begun to watch the second package in the shadow of the first. */
async function startShadow(candidate: Candidate = {}, policy: PolicyOverrides = shadowed) {
  const agent = await startServing(candidate);
  await agent.setDesired(desired(2, deployOf(second.reference, policy)));
  await agent.pass(1, () => ask(agent));
  return agent;
}

/** Twenty steps in one session. */
async function ask(agent: VirtualAgent): Promise<void> {
  for (let step = 0; step < 20; step += 1) await agent.agent.infer({ input: [0.5], session: 's' });
}

function served(agent: VirtualAgent): string | null {
  return agent.agent.model()?.version ?? null;
}

t.test('B33: a candidate sees what clients ask, answers nobody, and goes on trial when the time is over', async (t) => {
  const agent = await startShadow();
  t.match(agent.report?.activity, { kind: 'shadow', digest: second.reference.digest, shadowSeconds: 10 });
  await agent.pass(6, async () => {
    const answer = await agent.agent.infer({ input: [0.5] });
    t.equal(answer.model.version, '1.0.0');
    await ask(agent);
  });
  t.match(agent.report?.activity, { kind: 'shadow', disagreement: 0 });
  t.equal(agent.report?.running?.version, '1.0.0');
  await agent.pass(10, () => ask(agent));
  t.equal(served(agent), '2.0.0');
  t.match(agent.report?.outcome, { generation: 2, result: 'confirmed' });
});

t.test('B33: a candidate that disagrees is refused, and nobody was served by it', async (t) => {
  const agent = await startShadow({ answer: (step) => Math.sin(step) + 0.3 });
  await agent.pass(15, () => ask(agent));
  t.match(agent.report?.outcome, { result: 'refused', code: 'SHADOW_FAILED', detail: /disagrees by 0\.4/u });
  t.equal(served(agent), '1.0.0');
  t.same(
    agent.eventsOf('trial-started').map((event) => event.package.version),
    ['1.0.0'],
  );
  t.equal(agent.engine.openModels, 1, 'and it is closed');
});

t.test('B33: an operator may allow more disagreement', async (t) => {
  const agent = await startShadow(
    { answer: (step) => Math.sin(step) + 0.3 },
    { ...shadowed, shadowDisagreementMax: 1 },
  );
  await agent.pass(15, () => ask(agent));
  t.equal(served(agent), '2.0.0');
});

t.test('B33: a candidate that is too slow, or gives no numbers, is refused before its trial', async (t) => {
  for (const candidate of [{ latencyUs: 1_600 }, { answer: () => Number.NaN }]) {
    const agent = await startShadow(candidate);
    await agent.pass(30, () => ask(agent));
    t.match(agent.report?.outcome, { result: 'refused', code: 'SHADOW_FAILED' }, JSON.stringify(candidate));
    t.equal(served(agent), '1.0.0');
    const { breaches } = agent.agent.health();
    t.same(breaches, [], 'and the live package is not blamed');
  }
});

t.test('a candidate that nobody asks anything is not let into a trial unseen', async (t) => {
  const agent = await startShadow({}, { ...shadowed, evidenceInferencesMin: 100, trialSecondsMax: 40 });
  await agent.pass(30);
  t.match(agent.report?.activity, { kind: 'shadow', waitingFor: /^evidence/u });
  await agent.pass(15);
  t.match(agent.report?.outcome, { result: 'refused', code: 'SHADOW_FAILED', detail: /not confirmed within 40 s/u });
});

t.test('a shadow ends with its instruction', async (t) => {
  const agent = await startShadow();
  await agent.setDesired(desired(3, { kind: 'hold', reason: 'not now' }));
  await agent.pass(2, () => ask(agent));
  t.match(agent.report?.activity, { kind: 'idle' });
  t.match(agent.report?.outcome, { result: 'held' });
  t.equal(agent.engine.openModels, 1);
});

t.test('after a restart a shadow begins anew', async (t) => {
  const before = await startShadow();
  await before.pass(5, () => ask(before));
  const agent = await VirtualAgent.start(before);
  await agent.pass(1, () => ask(agent));
  t.match(agent.report?.activity, { kind: 'shadow', watchedSeconds: 0 });
  await agent.pass(15, () => ask(agent));
  t.match(agent.report?.outcome, { generation: 2, result: 'confirmed' });
});

t.test(
  'B32: a session that has lived through the shadow goes on in the trial with the state that it has by then',
  async (t) => {
    const counts: number[] = [];
    const agent = await startShadow({
      answer: (step) => {
        counts.push(step);
        return wave(step);
      },
    });
    await agent.pass(15, () => ask(agent));
    t.equal(served(agent), '2.0.0');
    t.same(
      counts,
      counts.map((_, index) => index + 1),
      'no step was left out, doubled or forgotten',
    );
  },
);

t.test('without a live package there is nothing to stand in the shadow of', async (t) => {
  const agent = await VirtualAgent.start();
  agent.offer(second);
  await agent.setDesired(desired(1, deployOf(second.reference, shadowed)));
  await agent.pass(5, () => agent.infer(20));
  t.equal(served(agent), '2.0.0');
});

t.test('B52: an isolated device, which nobody asks, does not wait in the shadow for clients', async (t) => {
  const isolatedBefore = await startServing();
  await isolatedBefore.setIsolation(isolation(5));
  await isolatedBefore.setDesired(desired(2, deployOf(second.reference, shadowed)));
  const isolatedMeanwhile = await startShadow();
  t.equal(isolatedMeanwhile.report?.activity.kind, 'shadow');
  await isolatedMeanwhile.setIsolation(isolation(5));
  for (const agent of [isolatedBefore, isolatedMeanwhile]) {
    await agent.pass(15);
    t.match(agent.report?.outcome, { generation: 2, result: 'confirmed' });
    t.match(agent.report?.running, { version: '2.0.0', state: 'confirmed' });
    t.equal(agent.engine.openModels, 1, 'the candidate is not open twice');
  }
});

t.test(
  'B33: a candidate that cannot be reached, or fails in the session it is washed in with, hurts no client',
  async (t) => {
    for (const failure of [new LlnError('BOARD_UNREACHABLE', 'no answer'), new Error('defect')]) {
      const agent = await VirtualAgent.start();
      agent.offer(first);
      agent.offer(second);
      agent.engine.behaviours.set(first.reference.digest, { answer: wave, latencyUs: 100 });
      await agent.setDesired(desired(1, deployOf(first.reference)));
      await agent.pass(5, () => agent.infer(20));
      await ask(agent);
      const answer = () => {
        throw failure;
      };
      agent.engine.behaviours.set(second.reference.digest, { answer, latencyUs: 100 });
      await agent.setDesired(desired(2, deployOf(second.reference, shadowed)));
      await agent.pass(5, () => ask(agent));
      t.equal(served(agent), '1.0.0');
      t.equal(agent.agent.health().windows.recent.errors, 0);
    }
  },
);

t.test('B33: a candidate is washed in with the steps of a session that is older than itself', async (t) => {
  const agent = await VirtualAgent.start();
  agent.offer(first);
  agent.offer(second);
  const counts: number[] = [];
  agent.engine.behaviours.set(first.reference.digest, { answer: wave, latencyUs: 100 });
  const answer = (step: number) => {
    counts.push(step);
    return wave(step);
  };
  agent.engine.behaviours.set(second.reference.digest, { answer, latencyUs: 100 });
  await agent.setDesired(desired(1, deployOf(first.reference)));
  await agent.pass(5, () => agent.infer(20));
  await ask(agent);
  await agent.setDesired(desired(2, deployOf(second.reference, shadowed)));
  await agent.pass(3, () => ask(agent));
  t.same(counts.slice(0, 3), [20, 21, 22], 'twenty steps at once, then one by one');
  t.match(agent.report?.activity, { kind: 'shadow', disagreement: 0 });
});
