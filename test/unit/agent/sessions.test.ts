import { NativeEngine } from '@liquid-lln/agent';
import { loadKernel } from '@liquid-lln/firmware-bridge';
import t from 'tap';
import { deployOf, desired } from '../../support/agent/documents.js';
import { type SignedPackage, signedPackage, trustedKeys } from '../../support/agent/signed-package.js';
import { VirtualAgent } from '../../support/agent/virtual-agent.js';

const first = signedPackage({ units: 8 });
const second = signedPackage({ version: '2.0.0', units: 8, weight: 0.3 });
const kernel = loadKernel();

/** What a package computes over all of these inputs, one step after the other. */
async function outputsOver({ file }: SignedPackage, inputs: readonly number[]): Promise<number[]> {
  const model = new NativeEngine({ kernel, trustedKeys }).load(file);
  const outputs = new Float32Array(inputs.length * 8);
  await model.run(model.createState(), Float32Array.from(inputs), new Float32Array(inputs.length).fill(1), outputs);
  model.close();
  return [...outputs.slice(-8)];
}

/** An agent that runs the first package in the kernel, and knows both. */
async function startAgent(): Promise<VirtualAgent> {
  const agent = await VirtualAgent.start(undefined, { engine: new NativeEngine({ kernel, trustedKeys }) });
  for (const one of [first, second]) agent.offer(one);
  await deploy(agent, first, 1);
  return agent;
}

async function deploy(agent: VirtualAgent, wanted: SignedPackage, generation: number): Promise<void> {
  await agent.setDesired(desired(generation, deployOf(wanted.reference)));
  await agent.pass(6, () => agent.infer(20));
  t.equal(agent.agent.model()?.digest, wanted.reference.digest);
}

async function ask(agent: VirtualAgent, session: string, input: number): Promise<readonly number[]> {
  return (await agent.agent.infer({ input: [input], session })).output;
}

function inputsOf(steps: number): number[] {
  return Array.from({ length: steps }, (_, step) => Math.sin(step / 3));
}

t.test('B32: a session goes on with the new package as if it had been there for its last steps', async (t) => {
  const agent = await startAgent();
  const inputs = inputsOf(100);
  for (const input of inputs) await ask(agent, 's', input);
  await deploy(agent, second, 2);
  const answer = await ask(agent, 's', 0.7);
  t.same(answer, await outputsOver(second, [...inputs.slice(-64), 0.7]), 'to the bit');
  const whole = await outputsOver(second, [...inputs, 0.7]);
  const worst = Math.max(...whole.map((value, index) => Math.abs(value - (answer[index] ?? 0))));
  t.ok(worst < 1e-6, `and ${worst} from where it would be with all of them`);
  const cold = await outputsOver(second, [0.7]);
  t.notSame(answer, cold, 'which is not where it would begin');
});

t.test('B32: sessions of all steps stay apart, and one that is new begins at the beginning', async (t) => {
  const agent = await startAgent();
  await ask(agent, 'a', 0.1);
  await ask(agent, 'b', -0.9);
  await deploy(agent, second, 2);
  t.same(await ask(agent, 'a', 0.5), await outputsOver(second, [0.1, 0.5]));
  t.same(await ask(agent, 'b', 0.5), await outputsOver(second, [-0.9, 0.5]));
  t.same(await ask(agent, 'c', 0.5), await outputsOver(second, [0.5]));
});

t.test('B32: after a rollback of a confirmed package a session goes on with the one before', async (t) => {
  const agent = await startAgent();
  await deploy(agent, second, 2);
  for (const input of [0.1, 0.2, 0.3]) await ask(agent, 's', input);
  await agent.setDesired(desired(3, { kind: 'rollback', from: null, reason: 'complaints' }));
  await agent.pass(2);
  t.equal(agent.agent.model()?.digest, first.reference.digest);
  t.same(await ask(agent, 's', 0.4), await outputsOver(first, [0.1, 0.2, 0.3, 0.4]));
});

t.test('sequences and their time steps are remembered as well', async (t) => {
  const agent = await startAgent();
  await agent.agent.infer({ inputs: [[0.1], [0.2]], dt: [1, 1], session: 's' });
  await deploy(agent, second, 2);
  t.same(await ask(agent, 's', 0.3), await outputsOver(second, [0.1, 0.2, 0.3]));
});
