import {
  archiveRollout,
  closeRollout,
  type DesiredState,
  documentsOfSteps,
  type FleetView,
  haltRollout,
  membersKeptMax,
  oldRollouts,
  type Rollout,
  summarizeRollout,
} from '@liquid-lln/coordinator';
import { type Digest, parseWith, rolloutIdSchema, tallyRollout } from '@liquid-lln/protocol';
import t from 'tap';
import {
  advance,
  fleetOf,
  generationOf,
  newPackage,
  outcomeOf,
  quietTime,
  runningNew,
  someDevice,
  someFleet,
  someRollout,
  withReport,
} from '../../../../support/coordinator/rollout-builders.js';

const fleet = someFleet(3);
const nobody: FleetView = fleetOf([]);
const nothing = { documents: [], fleet: nobody };

/** A rollout that is over, made at `createdMs`. */
function over(createdMs: number, changes: Partial<Rollout> = {}): Rollout {
  const rollout: Rollout = {
    ...someRollout(fleet),
    rolloutId: parseWith(rolloutIdSchema, `r-${createdMs.toString(16).padStart(6, '0')}`, 'rollout id'),
    createdMs,
    ...changes,
  };
  return closeRollout(haltRollout(rollout, 'stopped', createdMs), { fleet, time: quietTime });
}

/** The package that a rollout brought, by its own digest. */
function bringing(digest: Digest): Partial<Rollout> {
  const { instruction } = someRollout(fleet);
  if (instruction.kind !== 'deploy') throw new Error('it brings nothing');
  return { instruction: { ...instruction, package: { ...newPackage, digest } } };
}

function ages(rollouts: readonly Rollout[]): number[] {
  return rollouts.map(({ createdMs }) => createdMs);
}

t.test('the newest are kept, whatever their order, and the oldest go first', async (t) => {
  const rollouts = [3, 1, 5, 2, 4].map((age) => over(age));
  t.same(ages(oldRollouts(rollouts, nothing, 2)), [1, 2, 3]);
  t.same(oldRollouts(rollouts, nothing, 5), []);
  t.same(ages(oldRollouts(rollouts, nothing, 0)), [1, 2, 3, 4], 'but for the newest to its target');
});

t.test('no more go at a time than one commit holds', async (t) => {
  const rollouts = Array.from({ length: 50 }, (_, index) => over(index + 1));
  t.same(ages(oldRollouts(rollouts, nothing, 2)), ages(rollouts).slice(0, 20));
});

t.test('what is open, or whose devices are still followed, is neither old nor counted', async (t) => {
  const open = { ...someRollout(fleet), createdMs: 1 };
  const followed = { ...haltRollout(open, 'stopped', 2), createdMs: 2 };
  t.same(ages(oldRollouts([open, followed, over(3), over(4), over(5)], nothing, 2)), [3]);
});

t.test('the newest of each kind to each target is kept: rollbacks go by it', async (t) => {
  const [other, staging] = [over(1, { target: 'gw-1' }), over(2, { kind: 'stage' })];
  t.same(ages(oldRollouts([other, staging, over(3), over(4), over(5)], nothing, 1)), [3, 4]);
});

t.test('the rollout of a wave document in force is kept: it says whom the wave was promised to', async (t) => {
  const promised = over(1);
  const begun = someRollout(fleet);
  const { steps } = advance(begun, fleet, 2).plan;
  const made = documentsOfSteps(begun, steps, { next: generationOf(2), parent: generationOf(1) }, fleet);
  const waves = made.flatMap((state): DesiredState[] => {
    const { rolloutId } = promised;
    return state.kind === 'wave' ? [{ ...state, document: { ...state.document, rolloutId } }] : [];
  });
  t.ok(waves.length > 0);
  t.same(ages(oldRollouts([promised, over(2), over(3)], { documents: waves, fleet: nobody }, 1)), [2]);
});

t.test('the newest that brought a package which a device of it still holds is kept', async (t) => {
  const [held, gone] = ['c'.repeat(64), 'd'.repeat(64)].map((digest) => digest as Digest);
  if (held === undefined || gone === undefined) return;
  const holder = withReport(fleet, 'gw-2', {
    running: { ...newPackage, digest: held, slot: 'blue', state: 'confirmed', sinceMs: 1 },
  });
  const rollouts = [over(1, bringing(held)), over(2, bringing(held)), over(3, bringing(gone)), over(4), over(5)];
  t.same(ages(oldRollouts(rollouts, { documents: [], fleet: holder }, 1)), [1, 3, 4]);
  const stranger = fleetOf([...holder.values()].map((each) => ({ ...each, deviceId: someDevice('gw-9').deviceId })));
  t.same(ages(oldRollouts(rollouts, { documents: [], fleet: stranger }, 1)), [1, 2, 3, 4], 'another does not count');
});

t.test('large rollouts are fewer: together they have a bounded number of devices', async (t) => {
  const [member] = over(1).members;
  if (member === undefined) return;
  const members = Array.from({ length: membersKeptMax / 4 }, () => member);
  const rollouts = Array.from({ length: 10 }, (_, index) => ({ ...over(index + 1), members }));
  t.same(ages(oldRollouts(rollouts, nothing, 200)), [1, 2, 3, 4, 5, 6]);
});

t.test('what remains says how many devices ended how, by wave, and why', async (t) => {
  const { rollout } = advance(someRollout(fleet, [34, 100]), fleet, 1);
  const [first] = rollout.members;
  if (first === undefined) return;
  const failed = { ...outcomeOf('reverted', 2, 'latency'), detail: '9 ms' };
  const seen = withReport(fleet, first.deviceId, { ...runningNew('trial', 2), outcome: failed });
  const whole = summarizeRollout(haltRollout(rollout, 'it was slow', 9), seen, quietTime);
  const { members, archived, ...rest } = archiveRollout(whole, 10);
  t.same(members, []);
  t.match(rest, { status: 'halted', detail: 'it was slow', waves: [{ percent: 34 }, { percent: 100 }] });
  t.match(archived, {
    atMs: 10,
    tally: {
      devices: 3,
      outcomes: { reverted: 1, pending: 2 },
      waves: [
        { assigned: 1, done: 0, failed: 1, unknown: 0 },
        { assigned: 3, done: 0, failed: 1, unknown: 0 },
      ],
      issues: [
        { progress: 'reverted', code: 'latency', devices: 1, example: `${first.deviceId} reverted: latency: 9 ms` },
      ],
    },
  });
  t.same(tallyRollout(archiveRollout(whole, 10)), tallyRollout(whole), 'the numbers are those that it had');
});
