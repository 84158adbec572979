import { NativeEngine } from '@liquid-lln/agent';
import { loadKernel } from '@liquid-lln/firmware-bridge';
import {
  type DeviceId,
  type DeviceReply,
  decodeMessage,
  deviceCommandSchema,
  deviceReplySchema,
  encodeMessage,
  type Generation,
  type RequestId,
  topicsOf,
  type VerifyFindings,
} from '@liquid-lln/protocol';
import t from 'tap';
import { deployOf, desired } from '../../support/agent/documents.js';
import { signedPackage, trustedKeys } from '../../support/agent/signed-package.js';
import { VirtualAgent } from '../../support/agent/virtual-agent.js';
import { VirtualGateway } from '../../support/agent/virtual-gateway.js';

const first = signedPackage();
const second = signedPackage({ version: '2.0.0', weight: 0.6 });
const own = 'gw-1' as DeviceId;
const topics = topicsOf('test');
t.setTimeout(300_000);

const drillInProduction = { isInProduction: true, heldBecause: null };

/** Both packages have served: the second one does, the first one is the way back. */
async function agentWithWayBack(): Promise<VirtualAgent> {
  const engine = new NativeEngine({ kernel: loadKernel(), trustedKeys });
  const agent = await VirtualAgent.start(undefined, { engine });
  for (const offered of [first, second]) agent.offer(offered);
  await agent.setDesired(desired(1, deployOf(first.reference)));
  await agent.pass(4, () => agent.infer(20));
  await agent.setDesired(desired(2, deployOf(second.reference)));
  await agent.pass(4, () => agent.infer(20));
  return agent;
}

/** A disk's operation that takes until somebody lets it go on. */
class Gate {
  isReached = false;
  open: () => void = () => undefined;
  readonly #opened = new Promise<void>((resolve) => {
    this.open = resolve;
  });

  async pass(operation: () => Promise<void>): Promise<void> {
    this.isReached = true;
    await this.#opened;
    await operation();
  }
}

function orderDrill(
  agent: VirtualAgent,
  device: DeviceId = own,
  drill: typeof drillInProduction | { isInProduction: boolean; heldBecause: string | null } = drillInProduction,
): void {
  const spec = { kind: 'verify' as const, suite: 'full' as const, checks: ['drill' as const], dataset: null, drill };
  const payload = { v: 1 as const, kind: 'measure' as const, slot: 'live' as const, share: 0.2, spec };
  agent.bus.deliver(
    topics.command(device, 'a' as RequestId),
    encodeMessage(deviceCommandSchema, payload, 'measure command'),
  );
}

function replyOf(agent: VirtualAgent, device: DeviceId = own): DeviceReply | undefined {
  const topic = topics.reply(device, 'a' as RequestId);
  const last = agent.bus.published.findLast((message) => message.topic === topic);
  return last === undefined ? undefined : decodeMessage(deviceReplySchema, last.payload, 'reply');
}

function findingsOf(agent: VirtualAgent, device: DeviceId = own): VerifyFindings | null {
  const reply = replyOf(agent, device);
  return reply?.kind === 'measured' && reply.result.findings.kind === 'verify' ? reply.result.findings : null;
}

/** Lets a drill go on until it has a result, with clients all the time. */
async function finish(agent: VirtualAgent, secondsMax = 40): Promise<number> {
  let lost = 0;
  for (let second = 0; second < secondsMax && findingsOf(agent) === null; second += 1) {
    await agent.pass(1, async () => {
      lost += 5 - (await agent.infer(5));
    });
    await agent.acknowledgeAll();
  }
  return lost;
}

t.test(
  'a drill tries the package on standby, and the device goes back by itself without losing a request',
  async (t) => {
    const agent = await agentWithWayBack();
    const slots = agent.report?.slots;
    orderDrill(agent);
    await agent.pass(2, () => agent.infer(5));
    t.match(agent.report?.running, { version: '1.0.0', state: 'trial' }, 'it truly serves meanwhile');
    t.equal(await finish(agent), 0);
    t.match(findingsOf(agent), {
      checks: [{ name: 'drill', state: 'passed', detail: /tiny@1.0.0 on trial .* back to tiny@2.0.0 by itself/ }],
      drill: { tried: { version: '1.0.0' }, served: { version: '2.0.0' }, requestsLost: 0, failedMeanwhile: 0 },
    });
    t.ok((findingsOf(agent)?.drill?.requestsMade ?? 0) > 3);
    t.match(agent.report?.running, { version: '2.0.0', state: 'confirmed', slot: 'green' });
    t.same(agent.report?.slots, slots, 'the way back is there as it was');
    t.match(agent.eventsOf('reverted'), [{ cause: 'drill', rolloutId: null, detail: /not confirmed within 5 s/ }]);
    t.match(agent.eventsOf('drilled'), [{ package: { version: '1.0.0' }, isRestored: true }]);
    t.same(agent.report?.quarantined, []);
    t.match(agent.report?.outcome, { result: 'confirmed', generation: 2 }, 'what was deployed is what it was');
    t.notOk(
      [...agent.storage.files.keys()].some((path) => path.includes('drill')),
      'nothing is left on the disk',
    );
  },
);

t.test('a drill has no result before the coordinator has stored its end, however slow the disk is', async (t) => {
  const agent = await agentWithWayBack();
  const { storage } = agent;
  const [rename, append] = [storage.rename.bind(storage), storage.appendDurable.bind(storage)];
  const [theReturn, theEnd] = [new Gate(), new Gate()];
  storage.rename = (from, to) => theReturn.pass(() => rename(from, to));
  storage.appendDurable = (path, data) =>
    Buffer.from(data).includes('drilled') ? theEnd.pass(() => append(path, data)) : append(path, data);
  orderDrill(agent);
  await agent.pass(8, () => agent.infer(5));
  t.ok(theReturn.isReached);
  await agent.acknowledgeAll();
  theReturn.open();
  await agent.pass(2);
  t.ok(theEnd.isReached);
  t.equal(findingsOf(agent), null, 'the last event has not even left the device');
  theEnd.open();
  await finish(agent);
  t.match(findingsOf(agent)?.checks, [{ state: 'passed' }]);
});

t.test('after a drill the device can still be rolled back to what was tried', async (t) => {
  const agent = await agentWithWayBack();
  orderDrill(agent);
  await finish(agent);
  await agent.setDesired(desired(3, { kind: 'rollback', from: null, reason: 'enough' }));
  await agent.pass(1);
  t.match(agent.report?.running, { version: '1.0.0', state: 'confirmed' });
});

t.test('in production there is no drill unless somebody asks for it, nor while a rollout is under way', async (t) => {
  const agent = await agentWithWayBack();
  orderDrill(agent, own, { isInProduction: false, heldBecause: null });
  await finish(agent);
  t.match(findingsOf(agent)?.checks, [{ state: 'skipped', detail: /only with --drill/ }]);
  const held = await agentWithWayBack();
  orderDrill(held, own, { isInProduction: true, heldBecause: 'rollout r-1 is under way' });
  await finish(held);
  t.match(findingsOf(held)?.checks, [{ state: 'inconclusive', detail: /r-1/ }]);
  t.same(held.eventsOf('reverted'), []);
});

t.test('a device with one package has nothing to go back from', async (t) => {
  const agent = await VirtualAgent.start();
  agent.offer(first);
  await agent.setDesired(desired(1, deployOf(first.reference)));
  await agent.pass(4, () => agent.infer(20));
  orderDrill(agent);
  await finish(agent);
  t.match(findingsOf(agent)?.checks, [{ state: 'skipped', detail: /no other package/ }]);
});

t.test('a newer instruction ends a drill at once, and is carried out from where it began', async (t) => {
  const agent = await agentWithWayBack();
  orderDrill(agent);
  await agent.pass(1);
  t.equal(agent.report?.running?.state, 'trial');
  const from = [second.reference.digest];
  await agent.setDesired(desired(3, { kind: 'rollback', from, reason: 'it misbehaves' }));
  await agent.pass(1);
  t.match(agent.report?.running, { version: '1.0.0', state: 'confirmed' }, 'rolled back, not merely on trial');
  t.match(agent.report?.outcome, { result: 'rolled-back', generation: 3 });
  t.match(
    agent.eventsOf('reverted').map(({ cause, package: { version } }) => `${cause} ${version}`),
    ['drill 1.0.0', 'instruction 2.0.0'],
  );
});

t.test('a deployment of the very package that is tried is a trial of its own', async (t) => {
  const agent = await agentWithWayBack();
  orderDrill(agent);
  await agent.pass(1);
  await agent.setDesired(desired(3, deployOf(first.reference)));
  await agent.pass(8, () => agent.infer(20));
  t.match(agent.report?.running, { version: '1.0.0', state: 'confirmed' });
  t.match(agent.report?.outcome, { result: 'confirmed', generation: 3 as Generation });
});

t.test('an agent that is killed in a drill comes back with what served, and with its way back', async (t) => {
  const agent = await agentWithWayBack();
  const slots = agent.report?.slots;
  orderDrill(agent);
  await agent.pass(2);
  t.equal(agent.report?.running?.state, 'trial');
  const next = await VirtualAgent.start(agent);
  await next.pass(2, () => next.infer(5));
  t.match(next.report?.running, { version: '2.0.0', state: 'confirmed' });
  t.same(next.report?.slots, slots);
  t.same(next.report?.quarantined, []);
  t.match(next.eventsOf('reverted').at(-1), { cause: 'drill' });
});

t.test('a package on standby that fails its check is not tried, and stays where it is', async (t) => {
  const failing = { check: async () => Promise.reject(new Error('the vectors differ')) };
  const before = await agentWithWayBack();
  const agent = await VirtualAgent.start(before, { checkerOf: () => failing });
  orderDrill(agent);
  await finish(agent);
  t.match(findingsOf(agent)?.checks, [{ state: 'failed', detail: /the vectors differ/ }]);
  t.match(agent.report?.running, { version: '2.0.0', state: 'confirmed' });
  t.equal(agent.report?.slots.blue.state, 'confirmed');
});

t.test('a board goes back by itself in a drill, too', async (t) => {
  const board = 'gw-1.a' as DeviceId;
  const gateway = await VirtualGateway.start(['a']);
  for (const offered of [first, second]) gateway.agent.offer(offered);
  await gateway.until('the board to be there', () => gateway.agent.isOnline(board));
  await gateway.instruct([board], 1, deployOf(first.reference));
  await gateway.untilOutcome(board, 1, 'confirmed');
  await gateway.instruct([board], 2, deployOf(second.reference));
  await gateway.untilOutcome(board, 2, 'confirmed');
  const live = gateway.board().mock.slots.live;
  orderDrill(gateway.agent, board);
  await gateway.until('its trial', () => gateway.agent.reportOf(board)?.running?.state === 'trial');
  t.not(gateway.board().mock.slots.live, live, 'the board itself has restarted into the other one');
  await gateway.until('the end of the drill', () => {
    void gateway.agent.acknowledgeAll(board);
    return findingsOf(gateway.agent, board) !== null;
  });
  t.match(findingsOf(gateway.agent, board)?.checks, [{ state: 'passed' }]);
  t.equal(gateway.board().mock.slots.live, live);
  t.equal(gateway.board().mock.slots.isTrial, false);
  t.match(gateway.agent.reportOf(board)?.running, { version: '2.0.0', state: 'confirmed' });
  t.match(gateway.agent.eventsOf('reverted', board), [{ cause: 'drill' }]);
});
