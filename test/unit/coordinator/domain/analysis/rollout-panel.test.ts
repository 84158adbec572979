import {
  comparedMax,
  frameOf,
  panelOfRollout,
  type Rollout,
  rowOf,
  type TelemetryFrame,
} from '@liquid-lln/coordinator';
import t from 'tap';
import { advance, newPackage, someFleet, someRollout } from '../../../../support/coordinator/rollout-builders.js';
import { someHealth } from '../../../../support/fleet-views.js';

const minuteMs = 60_000;

function outOf(devices: number): Rollout {
  const fleet = someFleet(devices);
  return advance(someRollout(fleet, [25, 100]), fleet, 1).rollout;
}

/** A minute of the whole fleet, in which canaries have the new package or do not have it yet. */
function frameAt(rollout: Rollout, minute: number, hasNew: boolean): TelemetryFrame {
  const canaries = new Set(rollout.members.filter(({ waveIndex }) => waveIndex === 0).map(({ deviceId }) => deviceId));
  const rows = rollout.candidates.map(({ deviceId }) => {
    const isNew = hasNew && canaries.has(deviceId);
    return rowOf(someHealth(deviceId, Array<number>(20).fill(100), isNew ? { digest: newPackage.digest } : {}));
  });
  return frameOf(minute * minuteMs, 60, rows);
}

t.test('canaries have a past with the package before and a present with the new one; controls go on', async (t) => {
  const rollout = outOf(8);
  const frames = [0, 1, 2, 3, 4, 5].map((minute) => frameAt(rollout, minute, minute >= 3));
  const { canaries, controls, cleanInferences } = panelOfRollout(rollout, frames);
  const minutesOf = (cells: readonly { startMs: number }[]) => cells.map(({ startMs }) => startMs / minuteMs);
  t.equal(canaries.length, 2);
  t.equal(controls.length, 6);
  for (const { past, present } of canaries) {
    t.same(minutesOf(past), [0, 1, 2]);
    t.same(minutesOf(present), [4, 5], 'the slot of the change is left out');
  }
  for (const { past, present } of controls) {
    t.same(minutesOf(past), [0, 1, 2]);
    t.same(minutesOf(present), [3, 4, 5]);
  }
  t.equal(cleanInferences, 2 * 3 * 20, 'every inference with the new package is evidence');
});

t.test('a device that had the package before is neither canary nor control', async (t) => {
  const rollout = outOf(8);
  const members = rollout.members.map((member, place) =>
    place === 0 ? { ...member, before: { ...newPackage } } : member,
  );
  const { canaries, controls } = panelOfRollout({ ...rollout, members }, [frameAt(rollout, 0, true)]);
  t.equal(canaries.length, 1);
  t.equal(controls.length, 6);
});

t.test('of a large fleet some are compared, from all of it; evidence is counted of all', async (t) => {
  const rollout = outOf(2_000);
  const { canaries, controls, cleanInferences } = panelOfRollout(rollout, [frameAt(rollout, 0, true)]);
  t.equal(canaries.length, comparedMax);
  t.equal(controls.length, comparedMax);
  t.equal(cleanInferences, 500 * 20);
});
