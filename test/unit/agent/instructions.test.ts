import { LlnError, topicsOf, type WaveDocument } from '@liquid-lln/protocol';
import t from 'tap';
import { deployOf, desired, quickPolicy } from '../../support/agent/documents.js';
import { type SignedPackage, signedPackage } from '../../support/agent/signed-package.js';
import { VirtualAgent } from '../../support/agent/virtual-agent.js';

const everybody = 2 ** 48 - 1;

function wave(generation: number, { reference }: SignedPackage, position = everybody): WaveDocument {
  return {
    v: 1,
    generation: generation as WaveDocument['generation'],
    parent: 0 as WaveDocument['parent'],
    rolloutId: 'r-abc123' as WaveDocument['rolloutId'],
    waveIndex: 0,
    waveCount: 1,
    cohort: { seed: 'seed', strata: { 'native@lab': position }, admittedUpTo: 10 },
    instruction: deployOf(reference),
  };
}

async function confirmedAgent() {
  const agent = await VirtualAgent.start();
  const first = signedPackage();
  const second = signedPackage({ version: '2.0.0', weight: 0.6 });
  agent.offer(first);
  agent.offer(second);
  await agent.setDesired(desired(1, deployOf(first.reference)));
  await agent.pass(4, () => agent.infer(20));
  t.equal(agent.report?.running?.state, 'confirmed');
  return { agent, first, second };
}

const none = { kind: 'none' } as const;

t.test('B4: duplicate and older documents change nothing', async (t) => {
  const { agent, first, second } = await confirmedAgent();
  await agent.setDesired(desired(5, deployOf(second.reference)));
  await agent.pass(4, () => agent.infer(20));
  const { length } = agent.events;
  for (const generation of [1, 4, 5]) await agent.setDesired(desired(generation, deployOf(first.reference)));
  await agent.setWave(wave(3, first));
  await agent.setDesired(desired(5, deployOf(second.reference)));
  await agent.pass(3);
  t.equal(agent.report?.generation, 5);
  t.match(agent.report?.running, { digest: second.reference.digest, state: 'confirmed' });
  t.equal(agent.events.length, length, 'not one event more');
});

t.test('B4: an instruction is taken up once, also after a restart and a re-delivery', async (t) => {
  const { agent, first, second } = await confirmedAgent();
  await agent.setDesired(desired(2, { kind: 'rollback', from: null, reason: 'try' }));
  t.match(agent.eventsOf('refused'), [{ code: 'NOTHING_TO_ROLL_BACK_TO', generation: 2 }]);
  const restarted = await VirtualAgent.start(agent);
  await restarted.pass(3);
  t.equal(restarted.eventsOf('refused').length, 1);
  t.match(restarted.report?.running, { digest: first.reference.digest });
  t.equal(restarted.report?.outcome?.result, 'refused');
  t.ok(second);
});

t.test('B4: of a wave and a desired document the newer one counts, in whatever order they come', async (t) => {
  for (const order of [0, 1]) {
    const { agent, first, second } = await confirmedAgent();
    const send = [() => agent.setWave(wave(7, second)), () => agent.setDesired(desired(6, deployOf(first.reference)))];
    await send[order]?.();
    await send[1 - order]?.();
    await agent.pass(4, () => agent.infer(20));
    t.match(agent.report?.running, { digest: second.reference.digest, state: 'confirmed' });
    t.match(agent.eventsOf('confirmed').at(-1), { rolloutId: 'r-abc123', generation: 7 });
  }
});

t.test('a wave that only widens its rollout is news to those alone whom the rollout has not told', async (t) => {
  const { agent, first, second } = await confirmedAgent();
  await agent.setWave({ ...wave(5, second), since: 4 as WaveDocument['generation'] });
  await agent.pass(4, () => agent.infer(20));
  t.match(agent.report?.running, { digest: second.reference.digest, state: 'confirmed' });
  await agent.setWave({ ...wave(6, second), since: 4 as WaveDocument['generation'] });
  await agent.pass(2);
  t.equal(agent.report?.generation, 5, 'it has been told');
  const rolloutId = 'r-abc123' as WaveDocument['rolloutId'];
  await agent.setDesired({ ...desired(7, deployOf(first.reference)), rolloutId });
  await agent.setWave({ ...wave(8, second), since: 4 as WaveDocument['generation'] });
  await agent.pass(4, () => agent.infer(20));
  t.match(agent.report, { generation: 7, running: { digest: first.reference.digest } }, 'and hides nothing older');
});

t.test('a wave waits for the admission of the device and for its place in the cohort', async (t) => {
  const agent = await VirtualAgent.start();
  const first = signedPackage();
  agent.offer(first);
  await agent.setWave(wave(3, first));
  t.equal(agent.report?.generation, 0, 'not admitted');
  await agent.setDesired(desired(1, none));
  t.equal(agent.report?.generation, 3, 'admitted');
  await agent.setWave(wave(4, first, 0));
  t.equal(agent.report?.generation, 3, 'not in the cohort');
});

t.test('what runs already is confirmed, not deployed again', async (t) => {
  const { agent, first } = await confirmedAgent();
  const asked = agent.bus.subscribed.length;
  await agent.setWave(wave(9, first));
  t.match(agent.report?.outcome, { generation: 9, result: 'confirmed' });
  t.equal(agent.bus.subscribed.length, asked, 'nothing was fetched');
});

t.test('B5, B29: a package that was rolled back is refused until an override releases it', async (t) => {
  const { agent, second } = await confirmedAgent();
  agent.engine.behaviours.set(second.reference.digest, { answer: () => Number.NaN, latencyUs: 100 });
  await agent.setDesired(desired(2, deployOf(second.reference)));
  await agent.pass(6, () => agent.infer(20));
  t.match(agent.report?.outcome, { generation: 2, result: 'reverted', code: 'output' });
  await agent.setDesired(desired(3, deployOf(second.reference)));
  t.match(agent.eventsOf('refused'), [{ generation: 3, code: 'PACKAGE_QUARANTINED' }]);
  agent.engine.behaviours.delete(second.reference.digest);
  await agent.setDesired(desired(4, { ...deployOf(second.reference), override: 'the sensor was broken' } as never));
  await agent.pass(4, () => agent.infer(20));
  t.match(agent.report?.running, { digest: second.reference.digest, state: 'confirmed' });
  t.same(agent.report?.quarantined, []);
});

t.test('B27: rollback leaves the live package for the one before, at once, without fetching anything', async (t) => {
  const { agent, first, second } = await confirmedAgent();
  await agent.setDesired(desired(2, deployOf(second.reference)));
  await agent.pass(4, () => agent.infer(20));
  const asked = agent.bus.subscribed.length;
  await agent.setDesired(desired(3, { kind: 'rollback', from: [second.reference.digest], reason: 'complaints' }));
  t.match(agent.report?.running, { digest: first.reference.digest, state: 'confirmed' });
  t.match(agent.report?.outcome, { generation: 3, result: 'rolled-back' });
  t.match(agent.eventsOf('reverted'), [{ cause: 'instruction', detail: 'complaints' }]);
  t.same(agent.report?.quarantined, [second.reference.digest]);
  t.equal(agent.bus.subscribed.length, asked);
  await agent.setDesired(desired(4, { kind: 'rollback', from: [second.reference.digest], reason: 'again' }));
  t.match(agent.report?.outcome, { generation: 4, result: 'rolled-back' });
  t.match(agent.report?.running, { digest: first.reference.digest }, 'it was left before: nothing changes');
});

t.test('what an older trial comes to does not take the place of what a newer instruction came to', async (t) => {
  for (const isGood of [true, false]) {
    const { agent, first, second } = await confirmedAgent();
    await agent.setDesired(desired(2, deployOf(second.reference)));
    t.match(agent.report?.running, { digest: second.reference.digest, state: 'trial' });
    const from = [first.reference.digest];
    await agent.setDesired(desired(3, { kind: 'rollback', from, reason: 'the others leave it' } as never));
    t.match(agent.report?.outcome, { generation: 3, result: 'rolled-back' }, 'it is not live here');
    if (!isGood) agent.engine.behaviours.set(second.reference.digest, { answer: () => Number.NaN, latencyUs: 100 });
    await agent.pass(8, () => agent.infer(20));
    t.equal(agent.eventsOf(isGood ? 'confirmed' : 'reverted').at(-1)?.generation, 2);
    t.match(agent.report?.outcome, { generation: 3, result: 'rolled-back' });
  }
});

t.test('a package that the other slot still holds is not fetched again', async (t) => {
  const { agent, first, second } = await confirmedAgent();
  await agent.setDesired(desired(2, deployOf(second.reference)));
  await agent.pass(4, () => agent.infer(20));
  const asked = agent.bus.subscribed.length;
  await agent.setDesired(desired(3, deployOf(first.reference)));
  await agent.pass(4, () => agent.infer(20));
  t.match(agent.report?.running, { digest: first.reference.digest, state: 'confirmed' });
  t.equal(agent.bus.subscribed.length, asked);
});

t.test('hold gives up a trial and a transfer', async (t) => {
  const { agent, first, second } = await confirmedAgent();
  await agent.setDesired(desired(2, deployOf(second.reference)));
  t.equal(agent.report?.running?.state, 'trial');
  await agent.setDesired(desired(3, { kind: 'hold', reason: 'stop everything' }));
  t.match(agent.report?.running, { digest: first.reference.digest, state: 'confirmed' });
  t.match(agent.report?.outcome, { generation: 3, result: 'held' });
  t.same(agent.report?.quarantined, [], 'it did nothing wrong');
  const third = signedPackage({ version: '3.0.0', weight: 0.8 });
  await agent.setDesired(desired(4, deployOf(third.reference)));
  await agent.pass(1);
  await agent.setDesired(desired(5, { kind: 'hold', reason: 'stop everything' }));
  t.match(agent.report?.outcome, { generation: 5, result: 'held' });
  t.equal(agent.report?.activity.kind, 'idle');
});

t.test('a package that never arrives is refused in the end', async (t) => {
  const { agent } = await confirmedAgent();
  const lost = signedPackage({ version: '4.0.0', weight: 0.9 });
  await agent.setDesired(desired(2, deployOf(lost.reference)));
  await agent.pass(400);
  t.match(agent.report?.outcome, { generation: 2, result: 'refused', code: 'TIMED_OUT' });
});

t.test('a package that is withdrawn while it is fetched is waited for, and taken when it is back', async (t) => {
  const { agent } = await confirmedAgent();
  const third = signedPackage({ version: '3.0.0', weight: 0.8 });
  await agent.setDesired(desired(2, deployOf(third.reference)));
  // What takes a retained message back comes to whoever is subscribed.
  agent.bus.deliver(topicsOf('test').packageManifest(third.reference.digest), new Uint8Array());
  await agent.settle();
  t.same(agent.eventsOf('refused'), []);
  agent.offer(third);
  await agent.pass(30, () => agent.infer(20));
  t.match(agent.report?.running, { digest: third.reference.digest });
});

t.test('a package that fails its check is refused, and the live one goes on', async (t) => {
  const agent = await VirtualAgent.start();
  const check = async () => {
    throw new LlnError('GOLDEN_VECTORS_FAILED', 'the check crashed (SIGSEGV)');
  };
  const first = signedPackage();
  agent.offer(first);
  await agent.setDesired(desired(1, deployOf(first.reference)));
  await agent.pass(4, () => agent.infer(20));
  const checking = await VirtualAgent.start(agent, { checkerOf: () => ({ check }) });
  const second = signedPackage({ version: '2.0.0', weight: 0.6 });
  checking.offer(second);
  await checking.setDesired(desired(2, deployOf(second.reference)));
  await checking.pass(2);
  t.match(checking.report?.outcome, { generation: 2, result: 'refused', code: 'GOLDEN_VECTORS_FAILED' });
  t.match(checking.agent.model(), { digest: first.reference.digest });
});

t.test('a full disk refuses the package before a byte of it is fetched, and the live one goes on', async (t) => {
  const { agent, first, second } = await confirmedAgent();
  const asked = agent.bus.subscribed.length;
  agent.storage.spaceLeft = { freeBytes: 1_000_000, totalBytes: 1e9, freeInodes: 1e6 };
  await agent.setDesired(desired(2, deployOf(second.reference)));
  t.match(agent.report?.outcome, { generation: 2, result: 'refused', code: 'STORAGE_FULL' });
  t.equal(agent.bus.subscribed.length, asked);
  agent.storage.spaceLeft = { freeBytes: 1e9, totalBytes: 1e9, freeInodes: 3 };
  await agent.setDesired(desired(3, deployOf(second.reference)));
  t.match(agent.report?.outcome, { generation: 3, result: 'refused', code: 'STORAGE_FULL' });
  t.match(agent.agent.model(), { digest: first.reference.digest });
});

t.test('a disk that fills while the package arrives refuses it, and the live one goes on', async (t) => {
  const { agent, first, second } = await confirmedAgent();
  const writeAt = agent.storage.writeAt.bind(agent.storage);
  let writes = 0;
  agent.storage.writeAt = async (...args) => {
    writes += 1;
    if (writes === 3) throw new LlnError('STORAGE_FULL', 'no space left on device');
    return writeAt(...args);
  };
  await agent.setDesired(desired(2, deployOf(second.reference)));
  t.match(agent.report?.outcome, { generation: 2, result: 'refused', code: 'STORAGE_FULL' });
  t.equal(await agent.infer(10), 10);
  t.match(agent.agent.model(), { digest: first.reference.digest, state: 'confirmed' });
});

t.test('an interrupted transfer fetches only what is missing', async (t) => {
  const { agent, second } = await confirmedAgent();
  const chunks = Math.ceil(second.file.length / 400);
  agent.storage.files.set(`incoming/${second.reference.digest}.part`, second.file.slice(0, 800));
  const asked = agent.bus.subscribed.length;
  await agent.setDesired(desired(2, deployOf(second.reference)));
  t.equal(agent.bus.subscribed.length - asked, 1 + chunks - 2, 'the manifest, and all chunks but two');
});

t.test('events are sent again until they are acknowledged, also over a restart', async (t) => {
  const { agent } = await confirmedAgent();
  const sent = agent.bus.published.length;
  await agent.pass(30);
  t.ok(agent.bus.published.length > sent);
  const last = agent.events.at(-1)?.sequence ?? 0;
  await agent.acknowledge(last);
  t.equal(agent.agent.health().eventsWaiting, 0);
  const restarted = await VirtualAgent.start(agent);
  t.equal(restarted.agent.health().eventsWaiting, 1, 'only its own start');
  t.equal(restarted.events.at(-1)?.sequence, last + 1, 'numbers go on');
});

t.test('messages that make no sense are logged once for their topic and change nothing', async (t) => {
  const { agent, first } = await confirmedAgent();
  for (const payload of [Uint8Array.of(0xff), Uint8Array.of(0xa0), new Uint8Array(200_000)])
    agent.bus.deliver('lln/v1/test/device/gw-1/desired', payload);
  await agent.settle();
  t.equal(agent.logger.lines.filter(({ message }) => message.startsWith('a message makes no sense')).length, 1);
  t.match(agent.agent.model(), { digest: first.reference.digest });
});

t.test('a damaged record is set aside, reported, and rebuilt from what proves good', async (t) => {
  const { agent, first, second } = await confirmedAgent();
  await agent.setDesired(desired(2, deployOf(second.reference, quickPolicy)));
  t.equal(agent.report?.running?.state, 'trial');
  agent.storage.files.set('state.cbor', Uint8Array.of(1, 2, 3));
  const restarted = await VirtualAgent.start(agent, {}, false);
  t.match(restarted.agent.model(), { digest: first.reference.digest, state: 'confirmed' });
  restarted.bus.connect();
  await restarted.settle();
  t.ok(restarted.storage.files.has('state.corrupt.cbor'));
  t.match(restarted.eventsOf('store-corrupt'), [{ detail: /checksum/ }]);
  t.match(restarted.eventsOf('started').at(-1), { recovered: /checksum/ });
});
