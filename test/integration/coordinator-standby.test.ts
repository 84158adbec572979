import { join } from 'node:path';
import { SqliteFleetStore } from '@liquid-lln/coordinator';
import { gatewayIdSchema, parseWith } from '@liquid-lln/protocol';
import t, { type Test } from 'tap';
import { CoordinatorProcess } from '../support/coordinator-process.js';
import { eventually } from '../support/eventually.js';
import { startScriptedFleet } from '../support/scripted-fleet.js';

const entry = { atMs: 1, actor: 'ada', action: 'a', subject: 's', reason: null, detail: '' };

function gateway(name: string) {
  return { kind: 'enrol' as const, gatewayId: parseWith(gatewayIdSchema, name, 'gateway id') };
}

/** Starts a second one beside the first; it is ready when it leads. */
function startStandby(t: Test, leader: CoordinatorProcess): Promise<CoordinatorProcess> {
  return CoordinatorProcess.start(leader.dataDir, leader.port, ['--standby'], (standby) =>
    t.teardown(() => standby.kill()),
  );
}

t.test('a second coordinator is refused without --standby', async (t) => {
  const { coordinator } = await startScriptedFleet(t, 0);
  await t.rejects(CoordinatorProcess.start(coordinator.dataDir), {
    message: /ended with 2: CONFIG_INVALID.*--standby/,
  });
});

t.test('B3: who stands by leads as soon as the leader was killed', async (t) => {
  const { coordinator, operator, devices } = await startScriptedFleet(t, 1);
  const standby = startStandby(t, coordinator);
  await operator.request(gateway('gw-acknowledged'));
  await coordinator.kill();
  await standby;
  const { entries } = await eventually('the other one answers', () =>
    operator.request({ kind: 'audit', limit: 100 }).catch(() => null),
  );
  t.ok(entries.some(({ subject }) => subject === 'gw-acknowledged'));
  await eventually('the device is back', () => devices[0]?.isConnected);
});

t.test('B3: who stands by takes over from a leader that stands still, which never leads again', async (t) => {
  const { coordinator, operator } = await startScriptedFleet(t, 1);
  const standby = startStandby(t, coordinator);
  process.kill(coordinator.pid, 'SIGSTOP');
  await standby;
  t.match(await coordinator.ended, { signal: 'SIGKILL' });
  await eventually('the other one answers', () => operator.request(gateway('gw-new')).catch(() => null));
});

t.test('B3: a leader that wakes up behind another one writes nothing and ends', async (t) => {
  const fleet = await startScriptedFleet(t, 0);
  const { coordinator, operator } = fleet;
  process.kill(coordinator.pid, 'SIGSTOP');
  const path = join(coordinator.dataDir, 'fleet.db');
  const other = await SqliteFleetStore.open(path);
  await other.commit([{ kind: 'add-audit', entry: { ...entry, action: 'led-by-another' } }]);
  const late = operator.ask(gateway('gw-late')).catch(() => null);
  process.kill(coordinator.pid, 'SIGCONT');
  t.match(await coordinator.ended, { status: 1 });
  t.match(coordinator.lastLine, /LEADERSHIP_LOST/);
  const audit = await other.readAudit(100);
  t.equal(audit.at(-1)?.action, 'led-by-another', 'nothing came after it');
  await other.close();
  await fleet.restart();
  t.match(await late, { of: 'enrol', created: true }, 'the request is done by the next leader, once');
});
