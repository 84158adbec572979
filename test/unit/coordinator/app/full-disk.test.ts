import { FleetLedger, silentLogger } from '@liquid-lln/coordinator';
import { MemoryFleetStore } from '@liquid-lln/coordinator/testing';
import { gatewayIdSchema, LlnError, type MeasurementSpec, parseWith } from '@liquid-lln/protocol';
import { ManualClock } from '@liquid-lln/protocol/testing';
import t from 'tap';
import { InMemoryFleet } from '../../../support/coordinator/in-memory-fleet.js';
import { deployRecorded, recordOf } from '../../../support/coordinator/recorded-rollouts.js';
import { somePackage } from '../../../support/fleet-views.js';

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

/** A disk that may be full, with room that is kept back on it. */
function smallDisk() {
  const disk = {
    isHeld: true,
    hasRoom: true,
    reserve: {
      release: async () => {
        const had = disk.isHeld;
        disk.isHeld = false;
        return had;
      },
      hold: async () => {
        disk.isHeld ||= disk.hasRoom;
        return disk.isHeld;
      },
    },
    beforeCommit: () => {
      if (disk.isHeld && !disk.hasRoom) refuse();
    },
  };
  return disk;
}

t.test('B12: a stop goes through on a full disk, and nothing else takes the room that was kept for it', async (t) => {
  const store = new MemoryFleetStore();
  const disk = smallDisk();
  const { reserve } = disk;
  disk.hasRoom = false;
  store.beforeCommit = disk.beforeCommit;
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
  t.equal(disk.isHeld, true, 'what can wait waits');
  const together = [enrol('gw-2', false), enrol('gw-3', true)] as const;
  await t.rejects(together[0], full);
  t.equal(await together[1], 'gw-3');
  await t.rejects(enrol('gw-4', false), full, 'the room is not for everybody');
  await ledger.settle();
  t.equal(await enrol('gw-5', true), 'gw-5');
  disk.hasRoom = true;
  await ledger.settle();
  t.equal(await enrol('gw-6', false), 'gw-6');
  t.equal(disk.isHeld, true, 'it is kept back again');
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

t.test('B50: a rollback is out on a full disk, and so is a pause', async (t) => {
  const disk = smallDisk();
  const fleet = await deployRecorded(4, [50, 100], {}, new InMemoryFleet(4, disk));
  await fleet.turn();
  const { rolloutId } = (await recordOf(fleet)).rollout;
  fleet.store.beforeCommit = disk.beforeCommit;
  disk.hasRoom = false;
  t.match(await fleet.ask({ kind: 'pause', rolloutId, reason: 'full' }, 'pause'), { rollout: { status: 'paused' } });
  const to = { kind: 'previous' } as const;
  const target = { name: 'production', environment: null };
  const reply = await fleet.ask({ kind: 'rollback', target, to, reason: 'worse' }, 'rollback');
  t.match(reply, { of: 'rollback', rollout: { kind: 'rollback', waves: [{ generation: Number }] } });
  await fleet.turn();
  t.ok(
    fleet.devices.some(({ taken }) => taken.at(-1)?.instruction.kind === 'rollback'),
    'devices have heard of it',
  );
});

t.test('a verification that could not be kept is no verification, and whoever waits for it is told', async (t) => {
  const fleet = new InMemoryFleet(1);
  await fleet.start();
  await fleet.enrolAll();
  await fleet.turn();
  const [device] = fleet.devices;
  if (device === undefined) throw new Error('the fleet is empty');
  const spec: MeasurementSpec = { kind: 'verify', suite: 'smoke', checks: ['golden-vectors'], dataset: null };
  const begun = await fleet.ask({ kind: 'measure', target: everyone, spec, share: 0.5, timeoutSeconds: 60 }, 'measure');
  if (begun?.of !== 'measure') throw new Error(`answered with ${begun?.of}`);
  fleet.store.beforeCommit = refuse;
  const golden = { name: 'golden-vectors', state: 'passed', detail: 'equal', seconds: 1 } as const;
  await fleet.deliverReply(device.deviceId, begun.measurementId, {
    v: 1,
    kind: 'measured',
    result: {
      ...{ package: somePackage(), slot: 'blue', state: 'confirmed', startedMs: 0, seconds: 1 },
      conditions: { temperatureC: null, cpuRatio: null, served: 0, failed: 0 },
      findings: { kind: 'verify', suite: 'smoke', checks: [golden], telemetry: null },
    },
  });
  const asked = { kind: 'measurement', measurementId: begun.measurementId, revision: 0 } as const;
  t.match(await fleet.ask(asked, 'news'), {
    devices: [{ state: 'failed', result: null, error: { code: 'STORE_FULL', message: /could not be kept/ } }],
  });
});
