import { judgeWave, type ObservedMember, observeMember } from '@liquid-lln/coordinator';
import type { MemberProgress, ReportedState } from '@liquid-lln/protocol';
import t from 'tap';
import {
  advance,
  deviceIdOf,
  newPackage,
  outcomeOf,
  quietTime,
  runningNew,
  someFleet,
  someRollout,
  withReport,
} from '../../../support/coordinator/rollout-builders.js';

function member(progress: MemberProgress, name = 'gw-1'): ObservedMember {
  return { deviceId: deviceIdOf(name), progress, now: null, outcome: null, waitingFor: 'something' };
}

/** Where gw-1 is after this report, in a rollout whose wave has generation 5. */
function progressAfter(changes: Partial<ReportedState>): MemberProgress {
  const fleet = someFleet(1);
  const { rollout } = advance(someRollout(fleet, [100]), fleet, 5);
  const [first] = rollout.members;
  if (first === undefined) throw new Error('the rollout has no member');
  return observeMember(rollout, first, withReport(fleet, 'gw-1', changes).get(first.deviceId), quietTime).progress;
}

t.test('B1: only the running package, confirmed under this instruction, counts as updated', async (t) => {
  t.equal(progressAfter(runningNew('confirmed', 5)), 'confirmed');
  t.equal(progressAfter(runningNew('confirmed', 6)), 'confirmed');
  t.not(progressAfter(runningNew('confirmed', 4)), 'confirmed', 'an older generation');
  t.equal(progressAfter(runningNew('trial', 5)), 'trial');
});

t.test('B1: what was written or staged does not count', async (t) => {
  const { digest, name, version } = newPackage;
  const slot = (state: 'receiving' | 'staged' | 'confirmed') => ({
    state,
    package: { digest, name, version },
    bytes: 1_000,
    failure: null,
  });
  const empty = { state: 'empty' as const, package: null, bytes: 0, failure: null };
  const generation = runningNew('trial', 5).generation;
  if (generation === undefined) throw new Error('no generation');
  t.equal(progressAfter({ generation, slots: { blue: empty, green: slot('staged') } }), 'staged');
  t.equal(progressAfter({ generation, slots: { blue: empty, green: slot('receiving') } }), 'assigned');
  t.equal(progressAfter({ generation, slots: { blue: empty, green: slot('confirmed') } }), 'assigned');
  t.equal(
    progressAfter({ generation, activity: { kind: 'receiving', digest, chunksDone: 3, chunks: 3 } }),
    'receiving',
  );
  t.equal(progressAfter({ generation, outcome: outcomeOf('confirmed', 5) }), 'assigned', 'nor what it says it did');
});

t.test('B1: another package that runs does not count', async (t) => {
  t.equal(progressAfter({ generation: runningNew('trial', 5).generation ?? (0 as never) }), 'assigned');
});

t.test('a device that went back or refused has failed, unless that was an older instruction', async (t) => {
  t.equal(progressAfter({ outcome: outcomeOf('reverted', 5) }), 'reverted');
  t.equal(progressAfter({ outcome: outcomeOf('rolled-back', 7) }), 'reverted');
  t.equal(progressAfter({ outcome: outcomeOf('refused', 5) }), 'refused');
  t.equal(progressAfter({ outcome: outcomeOf('reverted', 4) }), 'assigned');
});

t.test('B9: an empty wave never passes', async (t) => {
  t.match(judgeWave([]), { verdict: 'inconclusive', waitingFor: /empty wave never passes/ });
});

t.test('a wave passes only when every device of it confirmed', async (t) => {
  t.equal(judgeWave([member('confirmed')]).verdict, 'successful');
  for (const open of ['assigned', 'receiving', 'staged', 'trial'] as const)
    t.equal(judgeWave([member('confirmed'), member(open)]).verdict, 'inconclusive', open);
  t.equal(judgeWave([member('confirmed'), member('unknown')]).verdict, 'error');
  for (const failed of ['reverted', 'refused'] as const)
    t.equal(judgeWave([member('confirmed'), member('unknown'), member(failed)]).verdict, 'failed', failed);
});

t.test('silence becomes unknown at the deadline, and counts against the wave', async (t) => {
  const fleet = someFleet(1);
  const { rollout } = advance(someRollout(fleet, [100]), fleet, 5);
  const [first] = rollout.members;
  const device = fleet.get(deviceIdOf('gw-1'));
  if (first === undefined || device === undefined) throw new Error('no member');
  const silent = { ...device, isOnline: false, silentMs: 2_000_000 };
  const at = (sinceStartMs: number) =>
    observeMember(rollout, first, silent, { ...quietTime, nowMs: quietTime.nowMs + sinceStartMs });
  t.equal(at(899_000).progress, 'assigned', 'the deadline begins with the wave');
  t.match(at(901_000), { progress: 'unknown', waitingFor: 'offline for 901 s' });
  t.equal(observeMember(rollout, first, undefined, quietTime).progress, 'unknown', 'a device that is gone');
});

t.test('a long list of devices is cut short', async (t) => {
  const many = Array.from({ length: 200 }, (_, index) => member('assigned', `gw-${index}`));
  const { waitingFor } = judgeWave(many);
  t.match(waitingFor, /0 of 200 confirmed.*and 197 more/);
  t.ok(waitingFor.length <= 500);
});
