import type { RolloutSummary } from '@liquid-lln/protocol';
import t from 'tap';
import { deployRequest } from '../support/operator-client.js';
import { startScriptedFleet } from '../support/scripted-fleet.js';
import { signedPackage } from '../support/signed-package.js';
import { startCli } from '../support/start-cli.js';

t.setTimeout(120_000);

t.test('B21: a switch whose bake is tripped returns 1, and by then all devices are back', async (t) => {
  const fleet = await startScriptedFleet(t, 3);
  const { operator, devices } = fleet;
  const before = devices.map(({ reported }) => reported.running?.digest);
  const digest = await operator.register(signedPackage());
  await operator.request(deployRequest(digest, 'production-green'));
  const slots = ['--from', 'production-blue', '--to', 'production-green'];
  const { broker, username, password } = fleet.coordinator.operator;
  const address = broker.replace('://', `://${username}:${password}@`);
  const unverified = startCli(['switch', ...slots, '--json', '--broker', address]);
  const refused = await unverified.ended;
  t.equal(refused.exitCode, 3, 'nobody has verified it');
  t.match(JSON.parse(refused.stdout), { error: { code: 'REFUSED_BY_GATE', message: /gw-1 has not verified it/ } });
  const cli = startCli([
    'switch',
    ...slots,
    '--waves',
    '100',
    '--bake',
    '10m',
    '--force',
    '--reason',
    'a drill',
    '--broker',
    address,
  ]);
  await cli.untilStderr(/the bake|(?:confirmed[\s\S]*){3}/);
  t.ok(devices.every(({ reported }) => reported.running?.digest === digest && reported.running.slot === 'green'));
  const [first] = devices;
  if (first === undefined) throw new Error('there is no device');
  const { generation, running } = first.reported;
  const outcome = { generation, digest, result: 'reverted' as const, code: 'latency', detail: 'too slow', atMs: 1 };
  const back = first.reported.slots.blue.package;
  if (running === null || back === null) throw new Error('it has no way back');
  await first.report({ running: { ...back, slot: 'blue', state: 'confirmed', sinceMs: 2 }, outcome });
  const { exitCode, stdout } = await cli.ended;
  t.equal(exitCode, 1);
  t.same(
    devices.map(({ reported }) => reported.running?.digest),
    before,
    'nobody is left on it when the command ends',
  );
  t.match(stdout, /halted/);
  const { rollouts } = await operator.request({ kind: 'rollouts', limit: 1 });
  const [halted] = rollouts as RolloutSummary[];
  const audit = await operator.request({ kind: 'audit', limit: 50 });
  const forced = audit.entries.find(({ action }) => action === 'switch');
  t.match(forced, { reason: 'a drill', detail: /forced/ });
  t.match(halted, { kind: 'switch', status: 'halted', detail: /gw-1 reverted: latency/ });
});
