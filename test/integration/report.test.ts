import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { exitCodes } from '@liquid-lln/cli';
import { type Digest, encodeMessage, healthMessageSchema, type RolloutSummary, topicsOf } from '@liquid-lln/protocol';
import t from 'tap';
import { eventually } from '../support/eventually.js';
import { someHealth } from '../support/fleet-views.js';
import { deployRequest } from '../support/operator-client.js';
import { someEvent } from '../support/report-data.js';
import { runCliHere } from '../support/run-cli.js';
import type { ScriptedDevice } from '../support/scripted-device.js';
import { type ScriptedFleet, startScriptedFleet } from '../support/scripted-fleet.js';
import { signedPackage } from '../support/signed-package.js';

const topics = topicsOf('default');

/** A second in which a device says how it does. */
async function publishHealth(device: ScriptedDevice, sequence: number, latencyUs: number): Promise<void> {
  const health = someHealth(device.deviceId, Array<number>(50).fill(latencyUs), {
    sequence,
    digest: device.reported.running?.digest ?? null,
  });
  const window = { ...health.window, seconds: 0.5 };
  const payload = encodeMessage(healthMessageSchema, { ...health, window }, 'health');
  await device.publish(topics.health(device.deviceId), payload, false);
}

/** A rollout whose first device confirms and whose second one reverts. */
async function failRollout({ operator, devices }: ScriptedFleet, digest: Digest): Promise<RolloutSummary> {
  for (const device of devices) device.script = 'stay-on-trial';
  const { rollout } = await operator.request(deployRequest(digest, 'production', [50, 100]));
  const later = new Set(rollout.members.filter(({ waveIndex }) => waveIndex > 0).map(({ deviceId }) => deviceId));
  for (const device of devices) if (later.has(device.deviceId)) device.script = 'revert';
  const canary = await eventually('the first device tries it', () =>
    devices.find((device) => device.reported.running?.digest === digest),
  );
  await publishHealth(canary, 2, 920);
  await canary.confirm();
  return eventually('the rollout halts', async () => {
    const now = await operator.rollout(rollout.rolloutId);
    return now.status === 'halted' && now;
  });
}

t.test('B57: a report of a rollout holds what a real coordinator recorded, safe to open', async (t) => {
  const fleet = await startScriptedFleet(t, 2);
  const { operator, devices, coordinator } = fleet;
  const digest = await operator.register(signedPackage());
  for (const device of devices) await publishHealth(device, 1, 800);
  const { rolloutId, package: brought } = await failRollout(fleet, digest);
  const details = { package: brought, detail: '<script>alert("gw")</script>' };
  await devices[0]?.post(someEvent('gw-1', '', {}, details).body);
  const target = { name: 'all', environment: null };
  await eventually('the event has come', async () => {
    const { events } = await operator.request({ kind: 'events', target, limit: 10 });
    return events.length > 0;
  });
  const { broker, username, password } = coordinator.operator;
  const url = broker.replace('//', `//${username}:${password}@`);
  const file = join(t.testdir({}), 'report.html');
  const args = (id: string) => ['report', '--broker', url, '--rollout', id, '-o', file, '--json'];
  const run = await runCliHere(args(rolloutId));
  t.equal(run.exitCode, exitCodes.done, run.stdout);
  t.match(JSON.parse(run.stdout), { file, rolloutId, status: 'halted', missing: [] });
  const page = readFileSync(file, 'utf8');
  t.match(page, /canary: devices with the package \(up to 1\)/);
  t.match(page, /control: devices of the target without it \(up to 2\)/);
  t.match(page, />wave 1, wave 2, halted</, 'a rollout of a second has its marks close together');
  t.match(page, /<td>wave-started<\/td>/, 'the timeline has what the coordinator did');
  t.notMatch(page, /<script/);
  t.match(page, /&lt;script&gt;alert\(&quot;gw&quot;\)/);
  t.match(page, /error-rate: scripted/, 'why the device went back');
  t.equal((await runCliHere(args(rolloutId))).exitCode, exitCodes.usage, 'a file that exists stays');
  t.equal((await runCliHere([...args('r-unknown'), '--force'])).exitCode, exitCodes.usage);
  t.equal(readFileSync(file, 'utf8'), page);
});
