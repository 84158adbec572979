import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DeviceView } from '@liquid-lln/protocol';
import { LocalBoard, LocalFleet, makePackages, rolloutAnswer, statusAnswer, waitFor } from '@liquid-lln/tools';
import t, { type Test } from 'tap';
import { runCliProcess } from '../support/run-cli.js';

// A coordinator, two agents and three boards as processes, told what to do by the command line.

const skip = LocalBoard.faultOf('posix') ?? false;
t.setTimeout(240_000);

const settings = ['windowSeconds=5', 'windowInferencesMin=20', 'evidenceInferencesMin=20', 'heartbeatSeconds=1'];
const limits = settings.flatMap((setting) => ['--set', setting]);
const boardsOfFirst = ['gw-1.a', 'gw-1.b'];

async function startFleet(t: Test): Promise<LocalFleet> {
  const folder = mkdtempSync(join(tmpdir(), 'liquid-lln-boards-'));
  const start = (name: string) => LocalBoard.start({ name, folder, kind: 'posix' });
  const [a, b, c] = await Promise.all([start('first-a'), start('first-b'), start('second-c')]);
  const attach = (name: string, { address }: LocalBoard) => ({ name, address });
  const boards = { 'gw-1': [attach('a', a), attach('b', b)], 'gw-2': [attach('c', c)] };
  const fleet = await LocalFleet.start({ folder, gateways: ['gw-1', 'gw-2'], environment: 'production', boards });
  t.teardown(async () => {
    await fleet.stop();
    await Promise.all([a, b, c].map((board) => board.stop()));
    rmSync(folder, { recursive: true });
  });
  return fleet;
}

async function viewsOf(fleet: LocalFleet, target = 'all'): Promise<Map<string, DeviceView>> {
  const { devices } = await fleet.ask(statusAnswer, 'status', '--target', target);
  return new Map(devices.map((device) => [device.deviceId, device]));
}

function until(fleet: LocalFleet, what: string, fits: (views: Map<string, DeviceView>) => boolean) {
  return waitFor({ what, timeoutMs: 60_000, everyMs: 300 }, async () => (fits(await viewsOf(fleet)) ? true : null));
}

t.test('a fleet with boards', { skip }, async (t) => {
  const fleet = await startFleet(t);
  const packages = await makePackages(fleet.folder, fleet.signingKey, new AbortController().signal);
  const deploy = async (file: string, ...options: string[]) => {
    const args = ['deploy', '--model', file, '--soak', '2s', ...limits, ...options];
    return (await fleet.ask(rolloutAnswer, ...args)).rollout;
  };
  await until(fleet, 'every device to be there', (views) => {
    return views.size === 5 && [...views.values()].every(({ online }) => online);
  });

  t.test('boards are admitted as devices of their own, with their kind and gateway', async (t) => {
    const views = await viewsOf(fleet);
    t.match(views.get('gw-1.a'), { kind: 'posix', gatewayId: 'gw-1', environment: 'production' });
    t.same([...(await viewsOf(fleet, 'posix')).keys()].sort(), ['gw-1.a', 'gw-1.b', 'gw-2.c']);
  });

  t.test('B37: waves of units take gateways whole', async (t) => {
    const rollout = await deploy(packages.first.file, '--target', 'production', '--waves', '50,100', '--as-unit');
    t.equal(rollout.status, 'succeeded');
    const wave = (index: number) =>
      rollout.members.filter((member) => member.waveIndex === index).map(({ deviceId }) => deviceId.split('.')[0]);
    t.equal(new Set(wave(0)).size, 1);
    t.equal(new Set(wave(1)).size, 1);
    t.equal(rollout.members.length, 5);
    t.ok(rollout.members.every((member) => member.progress === 'confirmed'));
  });

  t.test('a kind of board as the target leaves the gateways alone', async (t) => {
    const rollout = await deploy(packages.better.file, '--target', 'posix');
    t.equal(rollout.status, 'succeeded');
    const versions = [...(await viewsOf(fleet)).values()].map((view) => [view.kind, view.reported?.running?.version]);
    const wanted = (kind: string) => new Set(versions.filter(([one]) => one === kind).map(([, version]) => version));
    t.equal(wanted('posix').size, 1);
    t.notSame([...wanted('posix')], [...wanted('native')]);
  });

  t.test('B39: status shows how worn a board is', async (t) => {
    await until(fleet, 'a health message of every board', (views) => {
      return boardsOfFirst.every((id) => Math.max(0, ...(views.get(id)?.health?.board?.erasures ?? [])) > 0);
    });
    const args = ['status', '--target', 'posix', '--metric', 'board', '--config', fleet.operatorFile];
    const { stdout } = runCliProcess(args);
    t.match(stdout, /DEVICE +FIRMWARE +BOOTS .*ERASED +WORN/);
    t.match(stdout, /gw-1\.a/);
    t.notMatch(stdout, /^gw-1 /m);
  });

  t.test('logs of a board come from the board', async (t) => {
    const args = ['logs', '--target', 'gw-1.a', '--tail', '100', '--config', fleet.operatorFile];
    const { stdout, exitCode } = runCliProcess(args);
    t.equal(exitCode, 0);
    t.match(stdout, /board: /);
  });

  t.test('the boards of a gateway that died are offline with it, and back with it', async (t) => {
    await fleet.killAgent('gw-1');
    await until(fleet, 'the gateway and its boards to be offline', (views) => {
      return ['gw-1', ...boardsOfFirst].every((id) => views.get(id)?.online === false);
    });
    t.equal((await viewsOf(fleet)).get('gw-2.c')?.online, true);
    await fleet.restartAgent('gw-1');
    await until(fleet, 'them to be back', (views) => [...views.values()].every(({ online }) => online));
  });
});
