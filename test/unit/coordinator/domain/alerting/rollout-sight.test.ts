import {
  approveRollout,
  type Condition,
  type Decision,
  type FleetView,
  haltRollout,
  pauseRollout,
  type Rollout,
  resumeRollout,
  silentPolicy,
  waitingConditions,
} from '@liquid-lln/coordinator';
import t from 'tap';
import {
  advance,
  fleetOf,
  runningNew,
  someDevice,
  someFleet,
  someRollout,
  withReport,
} from '../../../../support/coordinator/rollout-builders.js';
import { testMomentMs } from '../../../../support/fleet-views.js';

const fleet = someFleet(4);
const waitingMsMax = silentPolicy.rolloutWaitingSeconds * 1_000;
const hourMs = 3_600_000;

/** Its first wave is out since `testMomentMs`. */
const running = advance(someRollout(fleet), fleet, 1).rollout;

function decided(hours: number): Decision {
  return { by: 'ada', reason: 'the graphs look odd', atMs: testMomentMs + hours * hourMs };
}

/** What waits for too long so many hours after the rollout was made. */
function seenAfter(hours: number, rollout: Rollout, seen: FleetView = fleet): Condition[] {
  const time = { nowMs: testMomentMs + hours * hourMs, silenceMsMax: 900_000 };
  return waitingConditions([rollout], seen, time, waitingMsMax);
}

t.test('a rollout that is paused for a day calls for who can resume it, naming who paused it and why', async (t) => {
  const paused = pauseRollout(running, decided(3));
  t.same(seenAfter(27, paused), [], 'not a moment sooner');
  const [condition] = seenAfter(27.1, paused);
  const { rolloutId } = running;
  t.match(condition, { rule: 'rollout-waiting', subject: rolloutId, severity: 'warning', environment: 'production' });
  t.match(condition?.detail, /^paused for 24 h by ada: the graphs look odd; /);
  t.match(condition?.detail, `\`liquid-lln resume ${rolloutId} --reason TEXT\``);
});

t.test('one that was resumed begins to wait anew', async (t) => {
  const resumed = resumeRollout(pauseRollout(running, decided(1)), decided(30));
  t.same(seenAfter(53, resumed), []);
  t.match(seenAfter(56, resumed), [{ detail: /is held for 26 h/ }]);
});

t.test('one that nobody has approved calls for somebody else than who proposed it', async (t) => {
  const proposed: Rollout = { ...someRollout(fleet), status: 'proposed', approval: { given: null } };
  t.same(seenAfter(24, proposed), []);
  const [condition] = seenAfter(25, proposed);
  t.match(condition?.detail, /^proposed by operator 25 h ago, and not approved; to begin, as somebody else: /);
  t.match(condition?.detail, `\`liquid-lln approve ${proposed.rolloutId} --reason TEXT\``);
  t.same(seenAfter(30, approveRollout(proposed, decided(25))), [], 'approved, it has its own time');
});

t.test('one that its gate holds names the wave, the reason, the devices and both ways on', async (t) => {
  const [member] = running.members;
  if (member === undefined) return;
  const [away, ...others] = [...fleet.keys()].sort((a) => (a === member.deviceId ? -1 : 1));
  const seen = fleetOf([
    someDevice(away ?? '', { isOnline: false, silentMs: 30 * hourMs }),
    ...others.map((name) => someDevice(name)),
  ]);
  const [condition] = seenAfter(30, running, seen);
  t.match(condition, { rule: 'rollout-waiting', devices: [member.deviceId] });
  t.match(condition?.detail, new RegExp(`^wave 1 of 2 is held for 30 h: .*${member.deviceId}`));
  t.match(condition?.detail, `\`liquid-lln promote ${running.rolloutId} --reason TEXT\``);
  t.match(condition?.detail, `\`liquid-lln stop ${running.rolloutId} --reason TEXT\``);
});

t.test('what it was meant to take is not counted: soak, spread, bake, hold and the daily window', async (t) => {
  const { instruction } = running;
  if (instruction.kind !== 'deploy') return;
  const window = { startMinute: 60, endMinute: 120 };
  t.equal(seenAfter(25, running).length, 1);
  t.same(seenAfter(47, { ...running, instruction: { ...instruction, window } }), []);
  t.same(seenAfter(25, { ...running, instruction: { ...instruction, spreadSeconds: 7_200 } }), []);
  t.same(seenAfter(25, { ...running, bakeSeconds: 7_200 }), []);
  t.same(seenAfter(25, { ...running, conditions: { isAnalysed: true, holdSeconds: 7_200, evidenceMin: 1 } }), []);
  const told = { generation: running.waves[0]?.generation, atMs: testMomentMs + 10 * hourMs };
  const members = running.members.map((member) => ({ ...member, told })) as Rollout['members'];
  t.same(seenAfter(25, { ...running, members }), [], 'it counts from the device that was told last');
});

t.test('what goes on, is over or waits for a larger share calls for nobody', async (t) => {
  const confirmed = running.members.reduce(
    (seen, { deviceId }) => withReport(seen, deviceId, runningNew('confirmed', 1)),
    fleet,
  );
  t.same(seenAfter(48, running, confirmed), [], 'its gate has passed');
  t.same(seenAfter(48, haltRollout(running, 'stopped', 1)), []);
  t.same(seenAfter(48, { ...running, status: 'waiting' }), []);
});
