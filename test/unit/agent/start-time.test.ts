import { describeStartWait, emptyRecord } from '@liquid-lln/agent/testing';
import { type DeviceId, isWithinWindow, type PackageReference } from '@liquid-lln/protocol';
import t from 'tap';
import { deployOf, desired } from '../../support/agent/documents.js';
import { signedPackage } from '../../support/agent/signed-package.js';
import { VirtualAgent } from '../../support/agent/virtual-agent.js';

type Deploy = Extract<ReturnType<typeof deployOf>, { kind: 'deploy' }>;

function deployWith(reference: PackageReference, changes: Partial<Deploy>): Deploy {
  return { ...(deployOf(reference) as Deploy), ...changes };
}

/** The window of an hour that begins so many minutes from now, in local time. */
function windowFrom(wallMs: number, minutes: number) {
  const local = new Date(wallMs);
  const startMinute = (local.getHours() * 60 + local.getMinutes() + minutes + 1_440) % 1_440;
  return { startMinute, endMinute: (startMinute + 60) % 1_440 };
}

t.test('a window may pass midnight, and ends before its last minute', async (t) => {
  const night = { startMinute: 22 * 60, endMinute: 5 * 60 };
  const minutes = [21 * 60 + 59, 22 * 60, 0, 4 * 60 + 59, 5 * 60, 12 * 60];
  t.same(
    minutes.map((minute) => isWithinWindow(night, minute)),
    [false, true, true, true, false, false],
  );
  t.ok(isWithinWindow({ startMinute: 60, endMinute: 120 }, 60));
  t.notOk(isWithinWindow({ startMinute: 60, endMinute: 120 }, 120));
});

t.test('B15: outside its window a device fetches and stages, and goes live when the window opens', async (t) => {
  const agent = await VirtualAgent.start();
  const offered = signedPackage();
  const { reference } = offered;
  agent.offer(offered);
  const window = windowFrom(agent.clock.wallMs(), 10);
  await agent.setDesired(desired(1, deployWith(reference, { window })));
  await agent.pass(5);
  t.match(agent.report, {
    running: null,
    activity: { kind: 'waiting', waitingFor: /its window, \d\d:\d\d-\d\d:\d\d local time/ },
  });
  t.equal(agent.report?.slots.blue.state, 'staged');
  await agent.pass(60 * 10);
  await agent.pass(5, () => agent.infer(20));
  t.match(agent.report?.running, { digest: reference.digest, state: 'confirmed' });
});

t.test('B16: devices begin at different moments of the spread, each at its own', async (t) => {
  const { reference } = signedPackage();
  const deploy = deployWith(reference, { spreadSeconds: 100 });
  const record = emptyRecord('e1');
  const waits = ['gw-1', 'gw-2', 'gw-3', 'gw-4'].map((name) => {
    const at = (sinceTakenSeconds: number) =>
      describeStartWait(record, deploy, name as DeviceId, { sinceTakenSeconds, minuteOfDay: 0 });
    t.equal(at(100), null, 'nobody waits for longer');
    return at(0);
  });
  t.equal(new Set(waits).size, 4, waits.join('; '));
  t.match(waits[0], /its turn, in \d+ s/);
});

t.test('B16: a device whose turn has not come asks for nothing yet', async (t) => {
  const agent = await VirtualAgent.start();
  const first = signedPackage();
  agent.offer(first);
  await agent.setDesired(desired(1, deployWith(first.reference, { spreadSeconds: 3_600 })));
  await agent.pass(2);
  t.match(agent.report, { generation: 1, activity: { kind: 'waiting', waitingFor: /its turn/ } });
  t.equal(agent.report?.slots.blue.state, 'empty');
  await agent.pass(3_600);
  await agent.pass(5, () => agent.infer(20));
  t.match(agent.report?.running, { digest: first.reference.digest, state: 'confirmed' });
});
