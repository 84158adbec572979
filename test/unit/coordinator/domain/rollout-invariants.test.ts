import {
  decideDeploy,
  type FleetView,
  findFleetViolations,
  findPaceViolations,
  findTransitionViolations,
  findViolations,
  memberGeneration,
  pauseRollout,
  type Rollout,
  resumeRollout,
} from '@liquid-lln/coordinator';
import { type Random, seededRandom } from '@liquid-lln/protocol';
import t from 'tap';
import {
  advance,
  deployOf,
  deviceIdOf,
  newOffer,
  outcomeOf,
  quietTime,
  runningNew,
  situationOf,
  someFleet,
  someRollout,
  withReport,
} from '../../../support/coordinator/rollout-builders.js';

type Deploy = Extract<Rollout['instruction'], { kind: 'deploy' }>;

interface World {
  readonly rollout: Rollout;
  readonly fleet: FleetView;
  readonly generation: number;
}

/** One device that is in a wave that has begun does something: begins a trial, confirms, fails, goes away. */
function disturb({ rollout, fleet }: World, random: Random): FleetView {
  const begun = rollout.members.filter((member) => memberGeneration(rollout, member) !== null);
  const member = begun[Math.floor(random() * begun.length)];
  const generation = member === undefined ? null : memberGeneration(rollout, member);
  if (member === undefined || generation === null) return fleet;
  const chance = random();
  if (chance < 0.45) return withReport(fleet, member.deviceId, runningNew('trial', generation));
  if (chance < 0.9) return withReport(fleet, member.deviceId, runningNew('confirmed', generation));
  if (chance < 0.93) return withReport(fleet, member.deviceId, { outcome: outcomeOf('reverted', generation) });
  const device = fleet.get(member.deviceId);
  return device === undefined ? fleet : new Map(fleet).set(device.deviceId, { ...device, isOnline: !device.isOnline });
}

/** A deploy with limits of all kinds, or none. */
function randomDeploy(random: Random) {
  const limits = {
    ...(random() < 0.5 ? { maxUnavailable: { devices: 1 + Math.floor(random() * 4) } } : {}),
    ...(random() < 0.3 ? { ratePerMinute: 1 + Math.floor(random() * 30) } : {}),
    ...(random() < 0.5 ? { failureBudget: { percent: 20 } } : {}),
  };
  const onTrip = (['wave', 'rollout', 'none'] as const)[Math.floor(random() * 3)] ?? 'wave';
  return { ...deployOf([10, 25, 50, 100]), limits, onTrip };
}

/** Now and then somebody pauses a rollout, or lets it go on. */
function steer(rollout: Rollout, random: Random): Rollout {
  const chance = random();
  if (rollout.status === 'running' && chance < 0.05)
    return pauseRollout(rollout, { by: 'ada', reason: 'odd', atMs: 1 });
  if (rollout.status === 'paused' && chance < 0.4) return resumeRollout(rollout);
  return rollout;
}

function playSchedule(seed: number): { violations: string[]; status: Rollout['status'] } {
  const random = seededRandom(seed);
  const fleet = someFleet(1 + Math.floor(random() * 20));
  const planned = decideDeploy(randomDeploy(random), newOffer, situationOf(fleet, 'production'));
  let world: World = { rollout: planned, fleet, generation: 0 };
  const violations: string[] = [];
  for (let turn = 0; turn < 200; turn += 1) {
    const moved = advance(world.rollout, world.fleet, world.generation + 1, { ...quietTime, nowMs: turn * 1_000 });
    violations.push(
      ...findViolations(moved.rollout),
      ...findTransitionViolations(world.rollout, moved.rollout),
      ...findFleetViolations(moved.rollout, world.fleet),
      ...findPaceViolations(world.rollout, moved.rollout, world.fleet, turn * 1_000),
    );
    const next = { ...world, rollout: steer(moved.rollout, random), generation: world.generation + 1 };
    world = { ...next, fleet: disturb(next, random) };
  }
  return { violations, status: world.rollout.status };
}

t.test('no schedule of events makes a rollout break a promise', async (t) => {
  const statuses = new Set<string>();
  for (let seed = 0; seed < 60; seed += 1) {
    const { violations, status } = playSchedule(seed);
    statuses.add(status);
    if (violations.length > 0) t.fail(`seed ${seed}: ${violations.slice(0, 3).join('; ')}`);
  }
  t.ok(statuses.has('succeeded') && statuses.has('halted'), 'the schedules reach both ends');
});

t.test('the checker finds what is broken', async (t) => {
  const fleet = someFleet(4);
  const { rollout } = advance(someRollout(fleet), fleet, 3);
  t.same(findViolations(rollout), []);
  const [first, second] = rollout.waves;
  if (first === undefined || second === undefined) return;
  const both = { ...rollout, waves: [first, { ...second, generation: first.generation }] };
  t.match(findViolations(both).join(), /began before wave 0 passed.*generations do not grow/);
  t.match(findViolations({ ...rollout, waves: [{ ...first, devices: 0 }, second] }).join(), /is empty/);
  const crowded = { ...rollout, members: rollout.members.map((member) => ({ ...member, waveIndex: 0 })) };
  t.match(findViolations(crowded).join(), /holds 4 devices and says 1/);
  const halted = { ...rollout, status: 'halted' as const };
  t.match(findTransitionViolations(halted, { ...both, status: 'running' }).join(), /a halted rollout moved/);
  const stranger = rollout.members.find((member) => member.waveIndex === 1)?.deviceId ?? deviceIdOf('gw-1');
  t.match(
    findFleetViolations(rollout, withReport(fleet, stranger, runningNew('trial', 3))).join(),
    /tries the package before its wave/,
  );
});

t.test('B20: work on a slot is told device by device, and what is staged does not serve', async (t) => {
  const fleet = someFleet(2);
  const deployment = someRollout(fleet, [100]);
  const { package: wanted, policy, batchSize, override } = deployment.instruction as Deploy;
  const instruction = { kind: 'stage' as const, slot: 'green' as const, package: wanted, policy, batchSize, override };
  const staging: Rollout = { ...deployment, kind: 'stage', scope: { kind: 'devices' }, instruction };
  t.same(findViolations(staging), []);
  t.match(findViolations({ ...staging, scope: deployment.scope }), [/takes the place of the wave/]);
  t.match(findViolations({ ...staging, kind: 'deploy' }), [/a deploy says stage/]);
  t.same(findFleetViolations(staging, fleet), []);
  const served = withReport(fleet, 'gw-1', runningNew('trial', 1));
  t.match(findFleetViolations(staging, served), ['gw-1 serves what was to be staged only']);
});
