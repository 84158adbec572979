import { remindOfThresholds, type ThresholdReminder, type ThresholdSight } from '@liquid-lln/coordinator';
import type { DeviceId } from '@liquid-lln/protocol';
import t from 'tap';
import { deviceIdOf } from '../../../support/coordinator/rollout-builders.js';
import { someHealth, somePackage, testMomentMs } from '../../../support/fleet-views.js';

const deviceId = deviceIdOf('gw-1');
const health = someHealth('gw-1');
const record = {
  deviceId,
  digest: somePackage().digest,
  latencyUs: 2_000,
  energyMw: null,
  atMs: testMomentMs,
  actor: 'ada',
};
const afterS = (seconds: number) => testMomentMs + seconds * 1_000;

function look(sight: ThresholdSight, seconds: number, before: ReadonlyMap<DeviceId, ThresholdReminder> = new Map()) {
  return remindOfThresholds([record], () => sight, before, afterS(seconds));
}

t.test('a device that was away when thresholds changed is told when it is back', async (t) => {
  t.same(look({ isOnline: false, health }, 3_600).due, []);
  t.match(look({ isOnline: true, health }, 3_600).due, [{ deviceId, latencyUs: 2_000 }]);
  t.same(look({ isOnline: true, health: null }, 3_600).due, [], 'not before it says what it runs');
  t.same(look({ isOnline: true, health }, 5).due, [], 'the operator has just told it');
});

t.test('nobody is told what is in force, or what is meant for another package', async (t) => {
  const thresholds = { ...health.thresholds, latencyUs: { value: 2_000, origin: 'baseline' } };
  t.same(look({ isOnline: true, health: someHealth('gw-1', [100], { thresholds }) }, 3_600).due, []);
  const other = someHealth('gw-1', [100], { digest: 'c'.repeat(64) });
  t.same(look({ isOnline: true, health: other }, 3_600).due, []);
});

t.test('a device that never takes them up is told ever less, and then no more until it was away', async (t) => {
  let reminders: ReadonlyMap<DeviceId, ThresholdReminder> = new Map();
  const toldAtS: number[] = [];
  for (let second = 60; second < 40_000; second += 10) {
    const looked = look({ isOnline: true, health }, second, reminders);
    reminders = looked.reminders;
    if (looked.due.length > 0) toldAtS.push(second);
  }
  t.same(toldAtS, [60, 120, 240, 480, 960, 1_920]);
  ({ reminders } = look({ isOnline: false, health }, 40_000, reminders));
  t.equal(look({ isOnline: true, health }, 40_010, reminders).due.length, 1);
});
