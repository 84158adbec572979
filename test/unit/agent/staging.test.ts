import { parseWith, waveDocumentSchema } from '@liquid-lln/protocol';
import t, { type Test } from 'tap';
import { deployOf, desired, stageOf, switchTo } from '../../support/agent/documents.js';
import { signedPackage } from '../../support/agent/signed-package.js';
import { VirtualAgent } from '../../support/agent/virtual-agent.js';

const first = signedPackage();
const second = signedPackage({ version: '2.0.0', weight: 0.6 });
const third = signedPackage({ version: '3.0.0', weight: 0.8 });

/** A device that serves the first package from blue. */
async function blueAgent(): Promise<VirtualAgent> {
  const agent = await VirtualAgent.start();
  for (const each of [first, second, third]) agent.offer(each);
  await agent.setDesired(desired(1, deployOf(first.reference)));
  await agent.pass(4, () => agent.infer(20));
  return agent;
}

/** The same, with the second package staged in green. */
async function stagedAgent(): Promise<VirtualAgent> {
  const agent = await blueAgent();
  await agent.setDesired(desired(2, stageOf(second.reference, 'green')));
  return agent;
}

function serves(t: Test, agent: VirtualAgent, { reference }: typeof first, slot: string): void {
  t.match(agent.report?.running, { digest: reference.digest, slot, state: 'confirmed' });
}

t.test('B20: a package is staged in the slot that was named, and the live slot goes on serving', async (t) => {
  const agent = await blueAgent();
  await agent.setDesired(desired(2, stageOf(second.reference, 'green')));
  serves(t, agent, first, 'blue');
  t.match(agent.report?.slots.green, { state: 'staged', package: { digest: second.reference.digest } });
  t.match(agent.report?.outcome, { generation: 2, result: 'staged', digest: second.reference.digest });
  t.match(agent.eventsOf('staged').at(-1), { slot: 'green', generation: 2 });
  t.equal(await agent.infer(20), 20);
  await agent.pass(60, () => agent.infer(5));
  serves(t, agent, first, 'blue');
  t.equal(agent.eventsOf('trial-started').length, 1, 'it is not tried');
});

t.test('B20: a restart leaves what is staged where it is', async (t) => {
  const before = await stagedAgent();
  const agent = await VirtualAgent.start(before);
  await agent.pass(3);
  serves(t, agent, first, 'blue');
  t.match(agent.report?.slots.green, { state: 'staged', package: { digest: second.reference.digest } });
});

t.test('B20: a package goes into no other slot than the one that was named', async (t) => {
  const agent = await blueAgent();
  const asked = agent.bus.subscribed.length;
  await agent.setDesired(desired(2, stageOf(second.reference, 'blue')));
  t.match(agent.eventsOf('refused'), [{ code: 'SLOT_LIVE', generation: 2 }]);
  await agent.setDesired(desired(3, stageOf(first.reference, 'green')));
  t.match(agent.eventsOf('refused').at(-1), { code: 'SLOT_LIVE', detail: /serves already/ });
  t.equal(agent.bus.subscribed.length, asked, 'nothing was fetched');
  t.match(agent.report?.slots.green, { state: 'empty' });
  serves(t, agent, first, 'blue');
});

t.test('B20: a device with nothing live stages in the slot that was named, and switches to it', async (t) => {
  const agent = await VirtualAgent.start();
  agent.offer(second);
  await agent.setDesired(desired(1, stageOf(second.reference, 'green')));
  t.match(agent.report, { running: null, slots: { green: { state: 'staged' }, blue: { state: 'empty' } } });
  await agent.setDesired(desired(2, switchTo('green', second.reference)));
  await agent.pass(4, () => agent.infer(20));
  serves(t, agent, second, 'green');
});

t.test('B20: a switch tries what is staged, fetches nothing, and keeps the slot before as the way back', async (t) => {
  const agent = await stagedAgent();
  const asked = agent.bus.subscribed.length;
  await agent.setDesired(desired(3, switchTo('green', second.reference)));
  t.match(agent.report?.running, { slot: 'green', state: 'trial' });
  await agent.pass(4, () => agent.infer(20));
  serves(t, agent, second, 'green');
  t.equal(agent.bus.subscribed.length, asked);
  t.match(agent.report?.slots.blue, { state: 'confirmed', package: { digest: first.reference.digest } });
  await agent.setDesired(desired(4, { kind: 'rollback', from: [second.reference.digest], reason: 'complaints' }));
  serves(t, agent, first, 'blue');
});

t.test('B20: what is not staged in the slot is not switched to', async (t) => {
  const agent = await stagedAgent();
  const asked = agent.bus.subscribed.length;
  await agent.setDesired(desired(3, switchTo('green', third.reference)));
  t.match(agent.eventsOf('refused').at(-1), { code: 'SLOT_NOT_STAGED', detail: /green does not hold/ });
  await agent.setDesired(desired(4, switchTo('blue', second.reference)));
  t.match(agent.eventsOf('refused').at(-1), { code: 'SLOT_NOT_STAGED', detail: /blue is the slot that serves/ });
  serves(t, agent, first, 'blue');
  t.equal(agent.bus.subscribed.length, asked, 'nothing was fetched');
});

t.test('B20: staging waits for a trial, which keeps its way back', async (t) => {
  const agent = await blueAgent();
  await agent.setDesired(desired(2, deployOf(second.reference)));
  t.equal(agent.report?.running?.state, 'trial');
  await agent.setDesired(desired(3, stageOf(third.reference, 'blue')));
  t.match(agent.report, { running: { slot: 'green', state: 'trial' }, slots: { blue: { state: 'confirmed' } } });
  await agent.pass(4, () => agent.infer(20));
  serves(t, agent, second, 'green');
  t.match(agent.report?.slots.blue, { state: 'staged', package: { digest: third.reference.digest } });
  t.match(agent.report?.outcome, { generation: 3, result: 'staged' });
});

t.test('B20: a slot is freed, but not while it serves or a trial may have to return to it', async (t) => {
  const agent = await stagedAgent();
  const free = (slot: 'blue' | 'green', digest: typeof first.reference.digest | null = null) =>
    ({ kind: 'free', slot, digest, reason: 'done with it' }) as const;
  await agent.setDesired(desired(3, free('blue')));
  t.match(agent.eventsOf('refused').at(-1), { code: 'SLOT_LIVE' });
  await agent.setDesired(desired(4, free('green', third.reference.digest)));
  t.match(agent.report, { outcome: { result: 'freed' }, slots: { green: { state: 'staged' } } }, 'another package');
  await agent.setDesired(desired(5, switchTo('green', second.reference)));
  await agent.setDesired(desired(6, free('blue')));
  t.match(agent.eventsOf('refused').at(-1), { code: 'SLOT_NEEDED' });
  await agent.pass(4, () => agent.infer(20));
  serves(t, agent, second, 'green');
  await agent.setDesired(desired(7, free('blue')));
  t.match(agent.report, { outcome: { generation: 7, result: 'freed' }, slots: { blue: { state: 'empty' } } });
  t.match(agent.eventsOf('freed'), [{ slot: 'blue', package: { digest: first.reference.digest }, generation: 7 }]);
  t.notOk(agent.storage.files.has('slots/blue.liquid'));
  serves(t, agent, second, 'green');
});

t.test('hold gives up what is staged', async (t) => {
  const agent = await stagedAgent();
  await agent.setDesired(desired(3, { kind: 'hold', reason: 'stop everything' }));
  t.match(agent.report, { outcome: { result: 'held' }, slots: { green: { state: 'empty' } } });
});

t.test(
  'a device that has lost its store takes up what its environment runs before what is staged beside it',
  async (t) => {
    const agent = await VirtualAgent.start();
    agent.offer(first);
    agent.offer(second);
    const cohort = { seed: 'seed', strata: { 'native@lab': 2 ** 48 - 1 }, admittedUpTo: 10 };
    const instruction = deployOf(first.reference);
    const wave = {
      v: 1,
      generation: 3,
      parent: 2,
      rolloutId: 'r-abc123',
      waveIndex: 0,
      waveCount: 1,
      cohort,
      instruction,
    };
    await agent.setWave(parseWith(waveDocumentSchema, wave, 'wave'));
    await agent.setDesired(desired(4, stageOf(second.reference, 'green')));
    t.match(agent.report, { generation: 3, running: { digest: first.reference.digest, state: 'trial' } });
    await agent.pass(4, () => agent.infer(20));
    serves(t, agent, first, 'blue');
    t.match(agent.report, { generation: 4, outcome: { result: 'staged' }, slots: { green: { state: 'staged' } } });
  },
);
