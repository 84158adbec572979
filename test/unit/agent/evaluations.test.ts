import { HealthMonitor } from '@liquid-lln/agent/testing';
import type { DeviceId } from '@liquid-lln/protocol';
import t, { type Test } from 'tap';
import { deployOf } from '../../support/agent/documents.js';
import { signedPackage } from '../../support/agent/signed-package.js';
import { VirtualGateway } from '../../support/agent/virtual-gateway.js';

const own = 'gw-1' as DeviceId;
const boardA = 'gw-1.a' as DeviceId;
const all = [own, boardA, 'gw-1.b' as DeviceId];
const tiny = signedPackage();
t.setTimeout(120_000);

/** @returns what counts evaluations of the policy, by any device, since it was last asked */
function countEvaluations(t: Test): () => number {
  const { evaluate, decide } = HealthMonitor.prototype;
  const counted = [
    t.capture(HealthMonitor.prototype, 'evaluate', evaluate),
    t.capture(HealthMonitor.prototype, 'decide', decide),
  ];
  return () => counted.reduce((total, results) => total + results().length, 0);
}

async function servingGateway(): Promise<VirtualGateway> {
  const gateway = await VirtualGateway.start(['a', 'b']);
  gateway.agent.offer(tiny);
  await gateway.until('the boards to be there', () => all.every((id) => gateway.agent.isOnline(id)));
  await gateway.instruct(all, 1, deployOf(tiny.reference));
  for (const device of all) await gateway.untilOutcome(device, 1, 'confirmed');
  return gateway;
}

t.test('what a device is doing is known without an evaluation of the policy', async (t) => {
  const { agent } = (await servingGateway()).agent;
  const evaluations = countEvaluations(t);
  t.same(
    agent.states().map(({ device, status, model }) => ({ device, status, model })),
    all.map((device) => ({ device, status: 'serving', model: 'tiny@1.0.0' })),
  );
  t.match(agent.model(boardA), { state: 'confirmed' });
  t.equal(evaluations(), 0);
});

t.test('a connection that comes back says who is online without one', async (t) => {
  const gateway = await servingGateway();
  gateway.agent.bus.disconnect();
  const evaluations = countEvaluations(t);
  gateway.agent.bus.connect();
  t.ok(all.every((id) => gateway.agent.isOnline(id)));
  t.equal(evaluations(), 0);
});

t.test('health takes one evaluation for each device, however much is told', async (t) => {
  const { agent } = (await servingGateway()).agent;
  const evaluations = countEvaluations(t);
  t.equal(agent.summary(boardA).devices.length, all.length);
  t.equal(evaluations(), all.length);
  t.match(agent.health(boardA), { device: boardA, activity: { kind: 'idle' }, devices: agent.summary().devices });
  t.equal(evaluations(), 2 * all.length);
});

t.test('a second takes two for each device: its alerts, and whether it may go on', async (t) => {
  const gateway = await servingGateway();
  const evaluations = countEvaluations(t);
  const seconds = 5;
  await gateway.pass(seconds);
  const heartbeats = all.length;
  t.ok(evaluations() <= 2 * all.length * seconds + heartbeats, 'none for a unit that there is not');
});
