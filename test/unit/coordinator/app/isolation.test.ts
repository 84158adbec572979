import type { OperatorReplyTo, OperatorRequest } from '@liquid-lln/protocol';
import t from 'tap';
import { InMemoryFleet } from '../../../support/coordinator/in-memory-fleet.js';

const target = { name: 'production', environment: null };
const isolate: OperatorRequest = { kind: 'isolate', target, isolated: true, reason: 'it smokes' };
const release: OperatorRequest = { kind: 'isolate', target, isolated: false, reason: 'repaired' };

/** A coordinator that knows its two devices. */
async function startFleet(): Promise<InMemoryFleet> {
  const fleet = new InMemoryFleet(2);
  await fleet.start();
  await fleet.enrolAll();
  await fleet.turn();
  return fleet;
}

async function progressOf(fleet: InMemoryFleet, id: string): Promise<(string | boolean)[][]> {
  const reply = await fleet.ask({ kind: 'isolations', target }, id);
  const { devices } = reply as OperatorReplyTo<'isolations'>;
  return devices.map(({ deviceId, isolation }) => [deviceId, isolation.isolated, isolation.progress]);
}

function inForce(fleet: InMemoryFleet): (boolean | undefined)[] {
  return fleet.devices.map(({ reported }) => reported.isolation?.isolated);
}

t.test('B52: isolation is told to every device of the target, and is in force when they say so', async (t) => {
  const fleet = await startFleet();
  t.match(await fleet.ask(isolate, 'a'), { devices: [{ isolation: { isolated: true, progress: 'awaited' } }, {}] });
  await fleet.turn();
  t.same(await progressOf(fleet, 'b'), [
    ['gw-1', true, 'in-force'],
    ['gw-2', true, 'in-force'],
  ]);
  await fleet.ask(release, 'c');
  await fleet.turn();
  t.same(inForce(fleet), [false, false]);
});

t.test('who isolated what and why is in the audit log, once', async (t) => {
  const fleet = await startFleet();
  await fleet.ask(isolate, 'a');
  await fleet.turn();
  await fleet.ask({ ...isolate, reason: 'once more' } as OperatorRequest, 'b');
  await fleet.turn();
  t.match(fleet.devices[0]?.reported.isolation, { reason: 'it smokes', by: 'operator' });
  await fleet.ask(release, 'c');
  const entries = (await fleet.store.readAudit(100)).filter(({ action }) => ['isolate', 'release'].includes(action));
  t.match(entries, [
    { action: 'isolate', actor: 'operator', subject: 'production', reason: 'it smokes', detail: 'devices: gw-1, gw-2' },
    { action: 'release', actor: 'operator', subject: 'production', reason: 'repaired' },
  ]);
  t.equal(entries.length, 2);
});

t.test('a device that joins later is not isolated, and operators see which ones are', async (t) => {
  const fleet = await startFleet();
  await fleet.ask({ ...isolate, target: { name: 'gw-1', environment: null } } as OperatorRequest, 'a');
  await fleet.turn();
  t.same(inForce(fleet), [true, undefined]);
  const reply = (await fleet.ask({ kind: 'devices', target }, 'b')) as OperatorReplyTo<'devices'>;
  t.match(reply.devices[0]?.isolation, { isolated: true, progress: 'in-force', told: { reason: 'it smokes' } });
  t.notOk(reply.devices.some(({ faults }) => faults.some((fault) => fault.includes('isolat'))));
  t.equal(reply.devices[1]?.isolation, undefined);
});

for (const when of ['before', 'after'] as const) {
  t.test(`B52: a coordinator killed ${when} the commit of an isolation tells it when it is back`, async (t) => {
    const fleet = await startFleet();
    const die = (): void => {
      fleet.store.beforeCommit = () => undefined;
      fleet.store.afterCommit = () => undefined;
      throw new Error('kill -9');
    };
    if (when === 'before') fleet.store.beforeCommit = die;
    else fleet.store.afterCommit = die;
    t.equal(await fleet.ask(isolate, 'a'), null, 'nobody was promised anything');
    await fleet.start();
    await fleet.turn();
    t.same(inForce(fleet), when === 'before' ? [undefined, undefined] : [true, true]);
    t.match(await fleet.ask(isolate, 'a'), { of: 'isolate' }, 'the operator asks again');
    await fleet.turn();
    t.same(inForce(fleet), [true, true]);
    const audits = (await fleet.store.readAudit(100)).filter(({ action }) => action === 'isolate');
    t.equal(audits.length, 1);
  });
}

t.test('a target that is nobody is refused, and changes nothing', async (t) => {
  const fleet = await startFleet();
  const unknown = { ...isolate, target: { name: 'mars', environment: null } } as OperatorRequest;
  t.match(await fleet.ask(unknown, 'a'), { of: 'error', error: { code: 'TARGET_UNKNOWN' } });
  t.same((await fleet.store.load()).isolations, []);
});
