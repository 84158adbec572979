import { type DeviceId, encodeCbor, LlnError, topicsOf } from '@liquid-lln/protocol';
import t from 'tap';
import { deployOf, desired, isolation } from '../../support/agent/documents.js';
import { signedPackage } from '../../support/agent/signed-package.js';
import { VirtualAgent } from '../../support/agent/virtual-agent.js';
import { VirtualGateway } from '../../support/agent/virtual-gateway.js';

const first = signedPackage();
const second = signedPackage({ version: '2.0.0', weight: 0.6 });
const own = 'gw-1' as DeviceId;
const topics = topicsOf('test');
const refused = { code: 'DEVICE_ISOLATED', message: 'gw-1 is isolated: it answers nonsense' };

/** An agent with a confirmed package and clients. */
async function servingAgent(): Promise<VirtualAgent> {
  const agent = await VirtualAgent.start();
  for (const offered of [first, second]) agent.offer(offered);
  await agent.setDesired(desired(1, deployOf(first.reference)));
  await agent.pass(4, () => agent.infer(20));
  t.equal(agent.report?.running?.state, 'confirmed');
  return agent;
}

t.test(
  'B52: an isolated device turns clients away and says so, and answers them again when it is released',
  async (t) => {
    const agent = await servingAgent();
    await agent.setIsolation(isolation(5));
    await t.rejects(agent.agent.infer({ input: [0.5] }), refused);
    await t.rejects(agent.agent.infer('nonsense'), refused, 'whatever they ask');
    t.match(agent.agent.health(), { status: 'isolated', isolation: { reason: 'it answers nonsense' } });
    t.match(agent.agent.model(), { digest: first.reference.digest, state: 'confirmed' }, 'what it has can be seen');
    t.match(agent.report?.isolation, { revision: 5, isolated: true, by: 'jo', reason: 'it answers nonsense' });
    t.match(agent.eventsOf('isolated'), [{ by: 'jo', reason: 'it answers nonsense' }]);
    await agent.setIsolation(isolation(6, false, 'repaired'));
    t.equal(await agent.infer(10), 10);
    t.match(agent.agent.health(), { status: 'serving', isolation: null });
    t.match(agent.report?.isolation, { revision: 6, isolated: false });
    t.match(agent.eventsOf('released'), [{ by: 'jo', reason: 'repaired' }]);
  },
);

t.test('a request in work when the isolation comes is answered', async (t) => {
  const agent = await servingAgent();
  const answer = agent.agent.infer({ input: [0.5] });
  await agent.setIsolation(isolation(5));
  t.match(await answer, { model: { version: '1.0.0' } });
});

t.test('B52: isolation survives restarts, without a network, and also what comes late', async (t) => {
  const agent = await servingAgent();
  await agent.setIsolation(isolation(5));
  const cutOff = await VirtualAgent.start(agent, {}, false);
  await t.rejects(cutOff.agent.infer({ input: [0.5] }), refused);
  cutOff.bus.connect();
  for (const revision of [5, 4, 1]) await cutOff.setIsolation(isolation(revision, false));
  await t.rejects(cutOff.agent.infer({ input: [0.5] }), refused, 'an old release says nothing');
  t.equal(cutOff.report?.isolation?.revision, 5);
  await cutOff.setIsolation(isolation(6, false));
  const released = await VirtualAgent.start(cutOff, {}, false);
  t.equal(await released.infer(10), 10);
});

t.test("what makes no sense, or is nobody's, changes nothing", async (t) => {
  const agent = await servingAgent();
  const { v: _, ...versionless } = isolation(5);
  const nonsense = [versionless, { ...isolation(5), v: 2 }, { ...isolation(5), isolated: 1 }, isolation(-5), [], null];
  for (const message of nonsense) agent.bus.deliver(topics.isolation(own), encodeCbor(message));
  agent.bus.deliver(topics.isolation(own), new Uint8Array());
  agent.bus.deliver(topics.isolation(own), Uint8Array.of(0xff, 0x00));
  agent.bus.deliver(topics.isolation('gw-2' as DeviceId), encodeCbor(isolation(5)));
  await agent.settle();
  t.equal(await agent.infer(10), 10);
  t.equal(agent.report?.isolation, undefined);
});

t.test(
  'B52: a full disk does not put an isolation off; it is reported when there is room to write it down',
  async (t) => {
    const agent = await servingAgent();
    agent.storage.failure = new LlnError('STORAGE_FULL', 'no space left on device');
    await agent.setIsolation(isolation(5));
    await t.rejects(agent.agent.infer({ input: [0.5] }), { code: 'DEVICE_ISOLATED' });
    t.match(agent.agent.health(), { status: 'isolated' });
    t.equal(agent.report?.isolation, undefined);
    await agent.pass(30);
    await agent.setIsolation(isolation(7, true, 'still wanted'));
    agent.storage.failure = null;
    await agent.pass(11);
    await t.rejects(agent.agent.infer({ input: [0.5] }), { code: 'DEVICE_ISOLATED', message: /still wanted/ });
    t.equal(agent.report?.isolation?.revision, 7);
    t.equal(agent.eventsOf('isolated').length, 1, 'of the two that waited, the newer one');
  },
);

t.test('a full disk does not let an isolated device serve after a restart', async (t) => {
  const agent = await servingAgent();
  await agent.setIsolation(isolation(5));
  agent.storage.failure = new LlnError('STORAGE_FULL', 'no space left on device');
  const restarted = await VirtualAgent.start(agent);
  await t.rejects(restarted.agent.infer({ input: [0.5] }), refused);
});

t.test(
  'B52: an isolated device takes a deployment, confirms it on its own probes, and goes back when told',
  async (t) => {
    const agent = await servingAgent();
    await agent.setIsolation(isolation(5));
    await agent.setDesired(desired(2, deployOf(second.reference)));
    t.match(agent.report?.running, { digest: second.reference.digest, state: 'trial' });
    await agent.pass(6, () => agent.infer(5));
    t.match(agent.report?.running, { digest: second.reference.digest, state: 'confirmed' });
    t.match(agent.report?.outcome, { generation: 2, result: 'confirmed' });
    t.ok((agent.healthOf(own)?.window.probes ?? 0) >= 20, 'the evidence is its own');
    t.equal(agent.healthOf(own)?.window.rejected, 0, 'clients that are turned away are no malformed requests');
    await agent.setDesired(desired(3, { kind: 'rollback', from: [second.reference.digest], reason: 'try' }));
    t.match(agent.report?.running, { digest: first.reference.digest, state: 'confirmed' });
    await t.rejects(agent.agent.infer({ input: [0.5] }), refused, 'it is isolated all the same');
  },
);

t.test(
  'B52: the silence of clients is no bad health: an hour of isolation raises nothing and leaves nothing',
  async (t) => {
    const agent = await servingAgent();
    await agent.setIsolation(isolation(5));
    await agent.pass(3_600, () => agent.infer(1));
    t.same(agent.eventsOf('alert'), []);
    t.same(agent.eventsOf('reverted'), []);
    t.match(agent.report?.running, { digest: first.reference.digest, state: 'confirmed' });
    t.same(agent.healthOf(own)?.breaches, []);
    t.ok(agent.isOnline(own));
  },
);

t.test('B52: a board is isolated by itself, and its gateway goes on', async (t) => {
  const board = 'gw-1.a' as DeviceId;
  const gateway = await VirtualGateway.start(['a', 'b']);
  const { agent } = gateway;
  agent.offer(first);
  const all = [own, board, 'gw-1.b' as DeviceId];
  await gateway.instruct(all, 1, deployOf(first.reference));
  for (const device of all) await gateway.untilOutcome(device, 1, 'confirmed');
  await agent.setIsolation(isolation(5), board);
  await t.rejects(agent.agent.infer({ input: [0.5] }, board), { code: 'DEVICE_ISOLATED', message: /^gw-1\.a / });
  await t.rejects(agent.agent.infer({ input: [0.5], device: board }), { code: 'DEVICE_ISOLATED' });
  const answer = agent.agent.infer({ input: [0.5] }, 'gw-1.b' as DeviceId);
  await gateway.pass(1);
  t.match(await answer, { device: 'gw-1.b' });
  t.equal(await agent.infer(3), 3, 'the gateway itself');
  t.match(agent.agent.health().devices, [{ status: 'serving' }, { status: 'isolated' }, { status: 'serving' }]);
  await gateway.boot();
  await gateway.until('the board to be back', () => gateway.agent.isOnline(board));
  await t.rejects(gateway.agent.agent.infer({ input: [0.5] }, board), { code: 'DEVICE_ISOLATED' });
});

t.test('a release waits until the disk takes it: a restart would not know of it', async (t) => {
  const agent = await servingAgent();
  await agent.setIsolation(isolation(5));
  agent.storage.failure = new LlnError('STORAGE_FULL', 'no space left on device');
  await agent.setIsolation(isolation(6, false));
  await t.rejects(agent.agent.infer({ input: [0.5] }), refused);
  agent.storage.failure = null;
  await agent.pass(11);
  t.equal(await agent.infer(3), 3);
});
