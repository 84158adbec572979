import { createHash } from 'node:crypto';
import { type DeviceId, type Digest, digestSchema, type OperatorReply, parseWith } from '@liquid-lln/protocol';
import t from 'tap';
import { InMemoryFleet } from '../../../support/coordinator/in-memory-fleet.js';
import { wobble } from '../../../support/coordinator/panels.js';
import { someHealth } from '../../../support/fleet-views.js';
import { deployRequest } from '../../../support/operator-client.js';
import { digestOf, tinyPackage } from '../../../support/tiny-package.js';

const file = tinyPackage();
const fileDigest = parseWith(digestSchema, createHash('sha256').update(file).digest('hex'), 'digest');
const digest: Digest = parseWith(digestSchema, digestOf(file), 'digest');
const devices = 24;
const samples = 40;

interface World {
  readonly fleet: InMemoryFleet;
  /** By how much the new package is slower. */
  readonly slower: number;
  minute: number;
}

/** A minute passes in which every device says how it does. */
async function passMinute(world: World): Promise<void> {
  const { fleet } = world;
  world.minute += 1;
  fleet.devices.forEach((device, place) => {
    const { running } = device.reported;
    const isNew = running?.digest === digest;
    const latencyUs =
      100 * (1 + place / 10) * (1 + (isNew ? world.slower : 0)) * (1 + 0.02 * wobble(place, world.minute));
    const health = someHealth(device.deviceId, Array<number>(samples).fill(latencyUs), {
      sequence: world.minute,
      digest: running?.digest ?? null,
    });
    fleet.deliverHealth(health);
  });
  await fleet.breathe();
  fleet.clock.advance(60_000);
  await fleet.breathe();
}

async function passMinutes(world: World, minutes: number): Promise<void> {
  for (let minute = 0; minute < minutes; minute += 1) await passMinute(world);
}

/** A fleet with an hour behind it, of which a quarter has just confirmed a new package. */
async function deployAfterAnHour(slower: number): Promise<World> {
  const fleet = new InMemoryFleet(devices);
  await fleet.start();
  await fleet.enrolAll();
  await fleet.turn();
  const world: World = { fleet, slower, minute: 0 };
  await passMinutes(world, 60);
  await fleet.ask({ kind: 'upload-open', fileDigest, sizeBytes: file.length }, 'open');
  await fleet.ask({ kind: 'upload-chunk', fileDigest, offset: 0, data: new Uint8Array(file) }, 'chunk');
  await fleet.ask({ kind: 'upload-close', fileDigest }, 'close');
  await fleet.ask(deployRequest(digest, 'production', [25, 100]), 'deploy');
  for (let second = 0; second < 5; second += 1) await fleet.turn();
  return world;
}

async function rolloutOf({ fleet }: World, id: string) {
  const reply: OperatorReply | null = await fleet.ask({ kind: 'rollouts', limit: 1 }, id);
  const rollout = reply?.of === 'rollouts' ? reply.rollouts[0] : undefined;
  if (rollout === undefined) throw new Error('there is no rollout');
  return rollout;
}

function updated({ fleet }: World): DeviceId[] {
  return fleet.devices.filter(({ reported }) => reported.running?.digest === digest).map(({ deviceId }) => deviceId);
}

t.test('B10, B17: the next wave begins when canaries are found no worse, also after a kill on the way', async (t) => {
  const world = await deployAfterAnHour(0);
  t.equal(updated(world).length, 6);
  const held = await rolloutOf(world, 'held');
  t.match(held.waves[0], { verdict: 'inconclusive', waitingFor: /the analysis: nothing to compare yet/ });
  await passMinutes(world, 1);
  world.fleet.kill();
  await world.fleet.start();
  for (let second = 0; second < 3; second += 1) await world.fleet.turn();
  await passMinutes(world, 4);
  const passed = await rolloutOf(world, 'passed');
  t.match(passed.analysis, { verdict: 'successful', waveIndex: 0, isGate: true });
  const latency = passed.analysis?.findings.find(({ metric }) => metric === 'latency');
  t.ok(Math.abs(latency?.effect ?? 1) < 0.02);
  t.match(latency, { canaries: 6, controls: 18, verdict: 'successful' });
  t.equal(passed.waveIndex, 1);
});

t.test(
  'B13, B17: a package that is a fifth slower is taken back, with effect and interval as the reason',
  async (t) => {
    const world = await deployAfterAnHour(0.2);
    await passMinutes(world, 6);
    const halted = await rolloutOf(world, 'halted');
    t.equal(halted.status, 'halted');
    t.match(halted.detail, /worse than the devices without it: latency \+(?:19|20|21)\.\d %/);
    t.equal(updated(world).length, 6, 'nobody else got it');
  },
);
