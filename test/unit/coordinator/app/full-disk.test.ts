import { gatewayIdSchema, LlnError, parseWith } from '@liquid-lln/protocol';
import t from 'tap';
import { InMemoryFleet } from '../../../support/coordinator/in-memory-fleet.js';

const gatewayId = parseWith(gatewayIdSchema, 'gw-9', 'gateway id');
const everyone = { name: 'all', environment: null };

function refuse(): void {
  throw new LlnError('STORE_FULL', 'database or disk is full');
}

t.test('B3: a full disk refuses changes, leaves memory as the disk is, and ends nothing', async (t) => {
  const fleet = new InMemoryFleet(1);
  await fleet.start();
  fleet.store.beforeCommit = refuse;
  t.match(await fleet.ask({ kind: 'enrol', gatewayId }, 'one'), { of: 'error', error: { code: 'STORE_FULL' } });
  t.equal(fleet.isAlive, true);
  fleet.store.beforeCommit = () => undefined;
  const reply = await fleet.ask({ kind: 'enrol', gatewayId }, 'one');
  t.match(reply, { of: 'enrol', created: true }, 'the same request is done, and nothing remembers the first one');
  t.match(await fleet.ask({ kind: 'enrol', gatewayId }, 'two'), { of: 'enrol', created: false });
});

t.test('B3: a report that a full disk refused is taken when there is room, though it comes only once', async (t) => {
  const fleet = new InMemoryFleet(2);
  await fleet.start();
  await fleet.enrolAll();
  fleet.store.beforeCommit = refuse;
  await fleet.turn();
  await fleet.turn();
  t.match(await fleet.ask({ kind: 'devices', target: everyone }, 'q1'), { error: { code: 'TARGET_EMPTY' } });
  fleet.store.beforeCommit = () => undefined;
  fleet.clock.advance(1_000);
  await fleet.breathe();
  const reply = await fleet.ask({ kind: 'devices', target: everyone }, 'q2');
  const sequences = reply?.of === 'devices' ? reply.devices.map(({ reported }) => reported?.sequence) : [];
  t.same(sequences, [3, 3], 'the newest of each device');
});
