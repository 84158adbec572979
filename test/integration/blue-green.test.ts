import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DeviceView } from '@liquid-lln/protocol';
import {
  LocalBoard,
  LocalFleet,
  makePackages,
  readModel,
  rolloutAnswer,
  statusAnswer,
  Traffic,
  waitFor,
} from '@liquid-lln/tools';
import t from 'tap';

// A coordinator, two agents, one of them with a board, and clients that ask every device all the time, as processes.

t.setTimeout(240_000);

const skip = LocalBoard.faultOf('posix') ?? false;
const settings = ['windowSeconds=10', 'windowInferencesMin=30', 'evidenceInferencesMin=20', 'heartbeatSeconds=1'];
const limits = settings.flatMap((setting) => ['--set', setting]);
const toGreen = ['--from', 'production-blue', '--to', 'production-green'];
const deviceIds = ['gw-1', 'gw-1.a', 'gw-2'];

t.test('blue-green, line by line as an operator types it', { skip }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'liquid-lln-blue-green-'));
  const board = await LocalBoard.start({ name: 'a', folder, kind: 'posix' });
  const boards = { 'gw-1': [{ name: 'a', address: board.address }] };
  const fleet = await LocalFleet.start({ folder, gateways: ['gw-1', 'gw-2'], environment: 'production', boards });
  const packages = await makePackages(folder, fleet.signingKey, new AbortController().signal);
  let traffic: Traffic | null = null;
  t.teardown(async () => {
    await traffic?.stop();
    await fleet.stop();
    await board.stop();
    rmSync(folder, { recursive: true });
  });

  const views = async (): Promise<DeviceView[]> =>
    (await fleet.ask(statusAnswer, 'status', '--target', 'production')).devices;
  const slots = async (slot: 'blue' | 'green') =>
    (await views()).map(
      ({ reported }) => `${reported?.slots[slot].package?.version ?? '-'} ${reported?.slots[slot].state}`,
    );
  const models = () => Promise.all(fleet.devices.map(async (device) => (await readModel(device))?.title));
  const all = (text: string) => deviceIds.map(() => text);
  const refused = async (code: string, message: RegExp, ...args: string[]) => {
    const run = await fleet.cli(...args);
    t.equal(run.exitCode, 3, args.join(' '));
    t.match(run.document, { error: { code, message } });
  };
  const stage = async (file: string, ...options: string[]) =>
    (
      await fleet.ask(
        rolloutAnswer,
        'deploy',
        '--target',
        'production-green',
        '--model',
        file,
        '--soak',
        '2s',
        ...limits,
        ...options,
      )
    ).rollout;

  await waitFor({ what: 'every device', timeoutMs: 60_000, everyMs: 300 }, async () => {
    const { document } = await fleet.cli('status', '--target', 'all');
    const { devices = [] } = document as { devices?: DeviceView[] };
    return devices.length === deviceIds.length && devices.every(({ online }) => online) ? true : null;
  });
  const first = ['--model', packages.first.file, '--waves', '100', '--soak', '2s', ...limits];
  await fleet.ask(rolloutAnswer, 'deploy', '--target', 'production', ...first);
  traffic = Traffic.start(fleet.devices, { logFile: join(folder, 'sensors.log'), seed: 1, rateOf: () => 20 });

  await refused('SLOT_NOT_STAGED', /no staged package/, 'switch', ...toGreen);
  await refused(
    'SLOT_LIVE',
    /blue serves on gw-1/,
    'deploy',
    '--target',
    'production-blue',
    '--model',
    packages.better.file,
  );

  const staged = await stage(packages.better.file);
  t.match(staged, { kind: 'stage', status: 'succeeded' });
  t.same(
    staged.members.map(({ progress }) => progress),
    all('ready'),
  );
  t.same(await slots('green'), all('1.1.0 staged'));
  t.same(await models(), all(packages.first.title), 'blue serves');
  await refused('SLOT_LIVE', /it serves on/, 'decommission', '--target', 'production-blue');

  await refused('REFUSED_BY_GATE', /gw-2 has not verified it/, 'switch', ...toGreen, '--dry-run');
  const verified = await fleet.cli('verify', '--target', 'production-green', '--test-suite', 'production');
  t.match(verified, { exitCode: 0 });
  const planned = await fleet.cli('switch', ...toGreen, '--dry-run');
  t.match(planned, {
    exitCode: 0,
    document: { dryRun: true, rollout: { kind: 'switch', waves: [{ devices: 1 }, { devices: 3 }] } },
  });
  t.same(await models(), all(packages.first.title), 'a dry run changes nothing');

  const switched = await fleet.ask(rolloutAnswer, 'switch', ...toGreen, '--bake', '5s', '--reason', 'it was looked at');
  t.match(switched.rollout, { kind: 'switch', status: 'succeeded', package: { version: '1.1.0' } });
  t.same(await models(), all(packages.better.title));
  t.same(await slots('blue'), all('1.0.0 confirmed'), 'blue is the way back');
  await refused('SLOT_LIVE', /serves already/, 'switch', ...toGreen);

  const freed = await fleet.ask(rolloutAnswer, 'decommission', '--target', 'production-blue');
  t.match(freed.rollout, { kind: 'decommission', status: 'succeeded' });
  t.same(await slots('blue'), all('- empty'));
  t.same(await models(), all(packages.better.title), 'green goes on');

  await traffic.stop();
  t.same(traffic.failures, [], 'no client was left without an answer');
  t.ok(traffic.counts.every(({ served, failed }) => served > 50 && failed === 0));
  const { document } = await fleet.cli('audit', '--limit', '200');
  const { entries } = document as { entries: { action: string }[] };
  const actions = new Set(entries.map(({ action }) => action));
  for (const action of ['switch', 'bake-started', 'decommission', 'device-staged', 'device-freed'])
    t.ok(actions.has(action), `the audit log tells of ${action}`);
});
