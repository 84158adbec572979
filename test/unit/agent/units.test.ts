import type { DeviceId } from '@liquid-lln/protocol';
import t from 'tap';
import { deployOf, quickPolicy } from '../../support/agent/documents.js';
import { freezeWrites } from '../../support/agent/frozen-storage.js';
import { signedPackage } from '../../support/agent/signed-package.js';
import { VirtualGateway } from '../../support/agent/virtual-gateway.js';

const own = 'gw-1' as DeviceId;
const boardA = 'gw-1.a' as DeviceId;
const boardB = 'gw-1.b' as DeviceId;
const all = [own, boardA, boardB];
const first = signedPackage();
const second = signedPackage({ version: '2.0.0', weight: 0.6 });
t.setTimeout(300_000);

/** A gateway that has confirmed a first package everywhere. */
async function confirmedUnit(): Promise<VirtualGateway> {
  const gateway = await VirtualGateway.start(['a', 'b']);
  for (const offered of [first, second]) gateway.agent.offer(offered);
  await gateway.until('the boards to be there', () => [boardA, boardB].every((id) => gateway.agent.isOnline(id)));
  await gateway.instruct(all, 1, deployOf(first.reference, quickPolicy, true));
  for (const device of all) await gateway.untilOutcome(device, 1, 'confirmed');
  return gateway;
}

function digestsOf(gateway: VirtualGateway) {
  return all.map((device) => gateway.agent.agent.model(device)?.digest);
}

t.test('B37: a gateway and its boards confirm together, when all of them are ready', async (t) => {
  const gateway = await confirmedUnit();
  gateway.agent.engine.behaviours.set(second.reference.digest, { answer: () => 0.5, latencyUs: 100 });
  gateway.board('b').mock.isHanging = true;
  await gateway.instruct(all, 2, deployOf(second.reference, quickPolicy, true));
  await gateway.pass(8);
  t.equal(gateway.agent.report?.running?.state, 'trial', 'the gateway waits for a board that is late');
  t.match(gateway.agent.report?.activity, { kind: 'trial', waitingFor: /gw-1.b/ });
  gateway.board('b').mock.restart();
  for (const device of all) await gateway.untilOutcome(device, 2, 'confirmed');
  t.same(digestsOf(gateway), Array(3).fill(second.reference.digest));
});

t.test('B37: when one of them refuses or leaves the package, all go back', async (t) => {
  const gateway = await confirmedUnit();
  gateway.board('b').mock.isExact = false;
  await gateway.instruct(all, 2, deployOf(second.reference, quickPolicy, true));
  await gateway.untilOutcome(boardB, 2, 'refused');
  await gateway.until('all to be back', () => digestsOf(gateway).every((digest) => digest === first.reference.digest));
  await gateway.pass(5);
  for (const device of [own, boardA]) {
    const outcome = gateway.agent.reportOf(device)?.outcome;
    t.match(outcome, { generation: 2, result: /reverted|refused/ });
    t.same(gateway.agent.reportOf(device)?.quarantined, [], 'the package is not to blame there');
  }
});

t.test('B37: a board that leaves its trial takes the others along', async (t) => {
  const gateway = await confirmedUnit();
  await gateway.instruct(all, 2, deployOf(second.reference, { ...quickPolicy, soakSeconds: 10 }, true));
  await gateway.until('all trials', () => all.every((id) => gateway.agent.reportOf(id)?.running?.state === 'trial'));
  await gateway.until('the board itself to try', () => gateway.board('a').mock.slots.isTrial);
  await gateway.pass(1);
  gateway.board('a').mock.restart();
  for (const device of all) await gateway.untilOutcome(device, 2, 'reverted');
  await gateway.pass(3);
  t.match(gateway.agent.eventsOf('reverted', own), [{ cause: 'unit', detail: /gw-1.a/ }]);
  t.match(gateway.agent.eventsOf('reverted', boardB), [{ cause: 'unit', detail: /gw-1.a/ }]);
  t.match(gateway.agent.eventsOf('reverted', boardA), [{ cause: 'crash' }]);
  t.same(digestsOf(gateway), Array(3).fill(first.reference.digest));
});

t.test(
  'B37: a mixed state that a kill has left is reported at the start, and healed towards the way back',
  async (t) => {
    const gateway = await confirmedUnit();
    await gateway.instruct(all, 2, deployOf(second.reference, quickPolicy, true));
    await gateway.until('all trials', () => all.every((id) => gateway.agent.reportOf(id)?.running?.state === 'trial'));
    // The agent dies after the confirmation of one device and before that of the others.
    const freeze = freezeWrites(gateway.agent.storage, (path) => path.startsWith('boards/'));
    await gateway.until('the first confirmation', () => gateway.agent.agent.model()?.state === 'confirmed');
    t.equal(gateway.agent.agent.model(boardA)?.state, 'trial');
    freeze.end();
    await gateway.boot();
    await gateway.until('all to be back', () =>
      digestsOf(gateway).every((digest) => digest === first.reference.digest),
    );
    await gateway.pass(3);
    t.match(gateway.agent.eventsOf('unit-mixed', own), [{ generation: 2, detail: /what gw-1.* does not have/ }]);
    t.match(gateway.agent.eventsOf('reverted', own).at(-1), { cause: 'unit' });
  },
);

t.test('without the option each device decides for itself', async (t) => {
  const gateway = await confirmedUnit();
  gateway.board('b').mock.isExact = false;
  await gateway.instruct(all, 2, deployOf(second.reference));
  await gateway.untilOutcome(boardB, 2, 'refused');
  await gateway.untilOutcome(own, 2, 'confirmed');
  await gateway.untilOutcome(boardA, 2, 'confirmed');
  t.equal(gateway.agent.agent.model(boardB)?.digest, first.reference.digest);
});
