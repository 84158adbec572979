import {
  type DeviceCommand,
  type DeviceId,
  type DeviceReply,
  decodeMessage,
  deviceCommandSchema,
  deviceReplySchema,
  encodeMessage,
  type MeasurementResult,
  type RequestId,
  topicsOf,
} from '@liquid-lln/protocol';
import t from 'tap';
import { deployOf, desired } from '../../support/agent/documents.js';
import { signedPackage } from '../../support/agent/signed-package.js';
import { VirtualAgent } from '../../support/agent/virtual-agent.js';

const first = signedPackage();
const second = signedPackage({ version: '2.0.0', weight: 0.6 });
const own = 'gw-1' as DeviceId;
const topics = topicsOf('test');
const latency = { kind: 'latency', samples: 100 } as const;

async function servingAgent(): Promise<VirtualAgent> {
  const agent = await VirtualAgent.start();
  for (const offered of [first, second]) agent.offer(offered);
  await agent.setDesired(desired(1, deployOf(first.reference)));
  await agent.pass(4, () => agent.infer(20));
  return agent;
}

function command(agent: VirtualAgent, request: string, content: DeviceCommand): void {
  const payload = encodeMessage(deviceCommandSchema, content, 'command');
  agent.bus.deliver(topics.command(own, request as RequestId), payload);
}

async function measure(
  agent: VirtualAgent,
  request: string,
  spec: Extract<DeviceCommand, { kind: 'measure' }>['spec'] = latency,
  slot: 'live' | 'blue' | 'green' = 'live',
): Promise<void> {
  command(agent, request, { v: 1, kind: 'measure', slot, share: 0.2, spec });
  await agent.settle();
}

function replies(agent: VirtualAgent, request: string): DeviceReply[] {
  const topic = topics.reply(own, request as RequestId);
  const sent = agent.bus.published.filter((message) => message.topic === topic);
  return sent.map(({ payload }) => decodeMessage(deviceReplySchema, payload, 'reply'));
}

function resultOf(agent: VirtualAgent, request: string): MeasurementResult | null {
  const last = replies(agent, request).at(-1);
  return last?.kind === 'measured' ? last.result : null;
}

function errorOf(agent: VirtualAgent, request: string): string | null {
  const last = replies(agent, request).at(-1);
  return last?.kind === 'error' ? last.error.code : null;
}

t.test('exactly as many inferences as asked for are measured, warm-up apart, beside the clients', async (t) => {
  const agent = await servingAgent();
  const before = agent.agent.health().windows.recent.inferences;
  await measure(agent, 'a');
  await agent.pass(2, () => agent.infer(5));
  const result = resultOf(agent, 'a');
  t.match(result, { package: { version: '1.0.0' }, slot: 'blue', state: 'confirmed' });
  t.match(result?.findings, { kind: 'latency', warmUp: 10, errors: 0, engineUs: { count: 100, mean: 100, max: 100 } });
  t.equal(agent.agent.health().windows.recent.inferences - before, 10, 'it counts for no policy');
});

t.test('a measurement tells how far it is, and its result to whoever asks again', async (t) => {
  const agent = await servingAgent();
  await measure(agent, 'a', { kind: 'energy', seconds: 5 });
  await agent.pass(3);
  t.match(replies(agent, 'a').at(-1), { kind: 'progress', progress: { total: 5, unit: 'seconds' } });
  await agent.pass(3);
  t.match(resultOf(agent, 'a')?.findings, { kind: 'energy' });
  const told = replies(agent, 'a').length;
  await measure(agent, 'a', { kind: 'energy', seconds: 5 });
  await agent.settle();
  t.equal(replies(agent, 'a').length, told + 1);
  t.ok(resultOf(agent, 'a'), 'once more, without measuring anew');
});

t.test('one thing at a time: a device that is measured refuses, and says why', async (t) => {
  const agent = await servingAgent();
  await measure(agent, 'a', { kind: 'energy', seconds: 20 });
  await measure(agent, 'b');
  await agent.settle();
  t.match(replies(agent, 'b'), [{ kind: 'error', error: { code: 'DEVICE_BUSY', message: /being measured/ } }]);
  command(agent, 'a', { v: 1, kind: 'cancel' });
  await agent.settle();
  t.equal(errorOf(agent, 'a'), 'MEASUREMENT_INTERRUPTED');
  await measure(agent, 'c');
  await agent.pass(2);
  t.ok(resultOf(agent, 'c'));
});

t.test('what nobody asks for any more ends', async (t) => {
  const agent = await servingAgent();
  await measure(agent, 'a', { kind: 'energy', seconds: 600 });
  await measure(agent, 'kept', { kind: 'energy', seconds: 600 });
  await agent.pass(50);
  await measure(agent, 'a', { kind: 'energy', seconds: 600 });
  await agent.pass(50);
  t.equal(errorOf(agent, 'a'), null, 'asked again in time');
  await agent.pass(20);
  t.equal(errorOf(agent, 'a'), 'MEASUREMENT_INTERRUPTED');
});

t.test('a device that changes its package is not measured, and a change ends a measurement', async (t) => {
  const agent = await servingAgent();
  await measure(agent, 'a', { kind: 'energy', seconds: 3 });
  await agent.setDesired(desired(2, deployOf(second.reference)));
  await agent.pass(1);
  await measure(agent, 'b');
  await agent.pass(4, () => agent.infer(20));
  t.equal(errorOf(agent, 'a'), 'MEASUREMENT_INTERRUPTED');
});

t.test('the package on standby is measured beside the live one; an empty slot has nothing to measure', async (t) => {
  const agent = await servingAgent();
  await measure(agent, 'empty', latency, 'green');
  await agent.settle();
  t.equal(errorOf(agent, 'empty'), 'SLOT_EMPTY');
  await agent.setDesired(desired(2, deployOf(second.reference)));
  await agent.pass(6, () => agent.infer(20));
  t.equal(agent.report?.running?.version, '2.0.0');
  const open = agent.engine.openModels;
  await measure(agent, 'standby', latency, 'blue');
  await agent.pass(2);
  t.match(resultOf(agent, 'standby'), { package: { version: '1.0.0' }, slot: 'blue' });
  t.equal(agent.engine.openModels, open, 'what was opened for it is closed');
});

t.test('without a package there is nothing to measure', async (t) => {
  const agent = await VirtualAgent.start();
  await measure(agent, 'a');
  await agent.settle();
  t.equal(errorOf(agent, 'a'), 'NO_LIVE_PACKAGE');
});
