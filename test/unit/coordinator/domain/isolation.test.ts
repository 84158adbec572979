import { decideIsolation, type IsolationRecord, viewIsolation } from '@liquid-lln/coordinator';
import t from 'tap';
import { deviceIdOf, someDevice } from '../../../support/coordinator/rollout-builders.js';

const nowMs = 1_800_000_000_000;
const seconds = nowMs / 1_000;
const wish = { isolated: true, reason: 'it smokes', by: 'ada', nowMs };
const release = { ...wish, isolated: false, reason: 'repaired' };

function record(name: string, revision: number, isolated: boolean): IsolationRecord {
  const document = { v: 1 as const, revision, isolated, reason: 'it smokes', by: 'ada', atMs: nowMs };
  return { deviceId: deviceIdOf(name), document };
}

function known(...records: IsolationRecord[]) {
  return new Map(records.map((each) => [each.deviceId, each]));
}

/** A device that says what it has taken up. */
function deviceWith(revision: number, isolated: boolean, isOnline = true) {
  const isolation = { revision, isolated, reason: 'it smoked', by: 'bo', sinceMs: 7 };
  return someDevice('gw-1', { isOnline, reported: { isolation } });
}

t.test('only devices that are not so yet are told', async (t) => {
  const devices = [someDevice('gw-1'), someDevice('gw-2')];
  const first = decideIsolation(devices, known(record('gw-2', 4, true)), wish);
  t.match(first, [{ deviceId: 'gw-1', document: { isolated: true, reason: 'it smokes', by: 'ada', atMs: nowMs } }]);
  t.equal(first.length, 1);
  t.same(decideIsolation(devices, known(...first, record('gw-2', 4, true)), { ...wish, reason: 'again' }), []);
  t.same(decideIsolation(devices, known(), release), [], 'a new device is not isolated');
});

t.test('revisions of a device grow whatever the clock does, and above those of a store that is lost', async (t) => {
  const revisionOf = (before: IsolationRecord[], wanted: typeof wish) =>
    decideIsolation([someDevice('gw-1')], known(...before), wanted)[0]?.document.revision;
  t.equal(revisionOf([], wish), seconds);
  t.equal(revisionOf([record('gw-1', seconds, true)], release), seconds + 1);
  t.equal(revisionOf([record('gw-1', seconds + 500, true)], release), seconds + 501, 'the clock was set back');
});

t.test('a device that is isolated by a store that is lost can be released', async (t) => {
  const stray = deviceWith(seconds - 100, true);
  t.match(viewIsolation(stray, known()), { isolated: true, progress: 'in-force', told: { by: 'bo' } });
  t.match(decideIsolation([stray], known(), release), [{ document: { isolated: false, revision: seconds } }]);
  t.same(decideIsolation([stray], known(), wish), [], 'and is isolated already');
  const older = known(record('gw-1', seconds - 200, false));
  t.match(decideIsolation([stray], older, release), [{ document: { revision: seconds } }], 'a backup may be old');
});

t.test('it is in force when the device says so, and not before', async (t) => {
  const told = known(record('gw-1', 9, true));
  t.match(viewIsolation(someDevice('gw-1'), told), { isolated: true, progress: 'awaited', told: { by: 'ada' } });
  t.match(viewIsolation(deviceWith(8, false), told), { isolated: true, progress: 'awaited' });
  t.match(viewIsolation(deviceWith(8, false, false), told), { isolated: true, progress: 'offline' });
  t.match(viewIsolation(deviceWith(9, true), told), { isolated: true, progress: 'in-force', told: { atMs: nowMs } });
  t.match(viewIsolation(deviceWith(9, true, false), told), { progress: 'in-force' }, 'also while it is away');
  t.same(viewIsolation(someDevice('gw-1'), known()), { isolated: false, progress: 'in-force', told: null });
});
