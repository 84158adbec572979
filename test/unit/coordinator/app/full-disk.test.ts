import { FleetLedger, silentLogger } from '@liquid-lln/coordinator';
import { MemoryFleetStore } from '@liquid-lln/coordinator/testing';
import { gatewayIdSchema, LlnError, parseWith } from '@liquid-lln/protocol';
import { ManualClock } from '@liquid-lln/protocol/testing';
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

t.test('B12: a stop goes through on a full disk, and nothing else takes the room that was kept for it', async (t) => {
  const store = new MemoryFleetStore();
  let isHeld = true;
  let hasRoom = false;
  const reserve = {
    release: async () => {
      const had = isHeld;
      isHeld = false;
      return had;
    },
    hold: async () => {
      isHeld = isHeld || hasRoom;
      return isHeld;
    },
  };
  store.beforeCommit = () => {
    if (isHeld && !hasRoom) refuse();
  };
  const onFailure = (error: unknown) => t.fail(String(error));
  const clock = new ManualClock();
  const ledger = new FleetLedger({ store, clock, logger: silentLogger, onFailure, reserve }, await store.load());
  const enrol = (id: string, isUrgent: boolean) =>
    ledger.change(() => {
      const gateway = { gatewayId: parseWith(gatewayIdSchema, id, 'gateway id'), secretHash: '', enrolledMs: 1 };
      return { changes: [{ kind: 'put-gateway', gateway }], result: id, isUrgent };
    });
  const full = { code: 'STORE_FULL' };
  await t.rejects(enrol('gw-1', false), full);
  t.equal(isHeld, true, 'what can wait waits');
  const together = [enrol('gw-2', false), enrol('gw-3', true)] as const;
  await t.rejects(together[0], full);
  t.equal(await together[1], 'gw-3');
  await t.rejects(enrol('gw-4', false), full, 'the room is not for everybody');
  await ledger.settle();
  t.equal(await enrol('gw-5', true), 'gw-5');
  hasRoom = true;
  await ledger.settle();
  t.equal(await enrol('gw-6', false), 'gw-6');
  t.equal(isHeld, true, 'it is kept back again');
  t.same([...ledger.state.gateways.keys()], ['gw-3', 'gw-5', 'gw-6'], 'memory is as the disk is');
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
