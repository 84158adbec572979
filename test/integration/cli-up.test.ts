import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exitCodes } from '@liquid-lln/cli';
import { generateSigningKeys, parseSigningKey, parseWith, signPackage } from '@liquid-lln/protocol';
import { statusAnswer, waitFor } from '@liquid-lln/tools';
import t, { type Test } from 'tap';
import * as v from 'valibot';
import { type CliRun, runCliHere } from '../support/run-cli.js';
import { projectRoot } from '../support/shared.js';
import { type StartedCli, startCli } from '../support/start-cli.js';
import { tinyPackage } from '../support/tiny-package.js';

const readySchema = v.object({
  brokerUrl: v.string(),
  agentUrl: v.string(),
  folder: v.string(),
  privateKey: v.string(),
  board: v.literal('sim-1.board'),
  pids: v.object({ coordinator: v.number(), board: v.number(), agent: v.number() }),
});
type Ready = v.InferOutput<typeof readySchema>;

/** Starts `liquid-lln up` in a folder of its own and waits until it is ready. */
async function startUp(test: Test): Promise<{ cli: StartedCli; ready: Ready }> {
  const folder = mkdtempSync(join(tmpdir(), 'lln-up-'));
  const cli = startCli(['up', '--data-dir', folder, '--port', '0', '--json']);
  test.teardown(async () => {
    cli.signal('SIGTERM');
    await cli.ended;
    rmSync(folder, { recursive: true });
  });
  const document = await cli.untilStdout(/^(\{.*\})\n/);
  return { cli, ready: parseWith(readySchema, JSON.parse(document), 'document of up') };
}

function online({ folder }: Ready, ...args: string[]): Promise<CliRun> {
  return runCliHere([...args, '--config', join(folder, 'coordinator/operator.json')]);
}

async function pack({ folder, privateKey }: Ready, name: string, version: string): Promise<string> {
  const output = join(folder, `${name}.liquid`);
  const source = join(projectRoot, 'examples/occupancy', name);
  const sources = ['--weights', `${source}.safetensors`, '--config', `${source}.json`];
  const identity = ['--name', name, '--version', version, '--key', privateKey, '-o', output];
  const run = await runCliHere(['pack', ...sources, ...identity]);
  if (run.exitCode !== exitCodes.done) throw new Error(run.stderr);
  return output;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** The board is a device of the fleet as soon as the agent has talked to it and the coordinator has heard of it. */
function untilBoardIsOnline(ready: Ready): Promise<boolean> {
  return waitFor({ what: 'the board is online', timeoutMs: 30_000 }, async () => {
    const { stdout } = await online(ready, 'health', '--target', 'simulation', '--json');
    const { devices } = parseWith(statusAnswer, JSON.parse(stdout), 'health');
    return devices.some((device) => device.deviceId === ready.board && device.online) ? true : null;
  });
}

t.test('the first try: up, pack, deploy, inference, rollback, and an orderly end', async (t) => {
  const { cli, ready } = await startUp(t);
  const quick = ['--soak', '1s', '--set', 'evidenceInferencesMin=10', '--timeout', '60s'];
  await untilBoardIsOnline(ready);
  const cfc = await pack(ready, 'occupancy-cfc', '1.0.0');
  const first = await online(ready, 'deploy', '--target', 'simulation', '--model', cfc, ...quick);
  t.equal(first.exitCode, exitCodes.done, first.stderr);

  const body = '{"input":[21.2,26.5,420,720]}';
  const answer = await fetch(`${ready.agentUrl}/inference`, { method: 'POST', body });
  t.match(await answer.json(), { label: String, model: { name: 'occupancy-cfc', version: '1.0.0' }, device: 'sim-1' });

  const boardAnswer = await fetch(`${ready.agentUrl}/inference?device=${ready.board}`, { method: 'POST', body });
  t.match(await boardAnswer.json(), { model: { name: 'occupancy-cfc', version: '1.0.0' }, device: ready.board });

  const ltc = await pack(ready, 'occupancy-ltc', '1.1.0');
  const second = await online(ready, 'deploy', '--target', 'simulation', '--model', ltc, ...quick, '--json');
  t.match(JSON.parse(second.stdout), { isDone: true, rollout: { package: { version: '1.1.0' } } });
  const back = await online(ready, 'rollback', '--target', 'sim-1', '--to-previous', '--reason', 'a drill');
  t.equal(back.exitCode, exitCodes.done, back.stderr);
  t.match(back.stdout, /occupancy-ltc@1\.1\.0 +previous +occupancy-cfc@1\.0\.0 +confirmed/);
  const again = await online(ready, 'deploy', '--target', 'simulation', '--package', 'occupancy-ltc@1.1.0');
  t.equal(again.exitCode, exitCodes.refused, 'a package that was rolled back needs --override');

  t.equal((await online(ready, 'health', '--target', 'simulation')).exitCode, exitCodes.done);
  const address = new URL(ready.agentUrl).host;
  t.match((await online(ready, 'status', '--target', address, '--metric', 'model')).stdout, /sim-1/);
  t.match((await online(ready, 'logs', '--target', 'sim-1')).stdout, /sim-1 info/);
  t.match((await online(ready, 'audit')).stdout, /operator: rollback .*\n {4}reason: a drill/);

  cli.signal('SIGINT');
  t.equal((await cli.ended).exitCode, exitCodes.done);
  t.same(Object.values(ready.pids).filter(isAlive), [], 'all of them have ended');
});

t.test('the coordinator refuses what it must, each with its exit status', async (t) => {
  const { ready } = await startUp(t);
  const unknown = await online(ready, 'health', '--target', 'nowhere', '--json');
  t.equal(unknown.exitCode, exitCodes.usage);
  t.match(JSON.parse(unknown.stdout), { error: { code: 'TARGET_UNKNOWN' } });

  const url = ready.brokerUrl.replace('mqtt://', 'mqtt://operator:wrong@');
  const stranger = await runCliHere(['health', '--target', 'all', '--broker', url, '--json']);
  t.equal(stranger.exitCode, exitCodes.refused);
  t.match(JSON.parse(stranger.stdout), { error: { code: 'PERMISSION_DENIED' } });

  const foreign = join(ready.folder, 'foreign.liquid');
  writeFileSync(foreign, signPackage(tinyPackage(), parseSigningKey(generateSigningKeys().privatePem)));
  const untrusted = await online(ready, 'deploy', '--target', 'simulation', '--model', foreign, '--json');
  t.equal(untrusted.exitCode, exitCodes.refused);
  t.match(JSON.parse(untrusted.stdout), { error: { code: 'PACKAGE_KEY_UNTRUSTED' } });
  t.match((await online(ready, 'packages')).stdout, /no packages registered yet/);
});

t.test('up reports a part that dies and ends with status 1, and the other parts with it', async (t) => {
  const { cli, ready } = await startUp(t);
  process.kill(ready.pids.agent, 'SIGKILL');
  const { exitCode, stderr } = await cli.ended;
  t.equal(exitCode, exitCodes.notSo);
  t.match(stderr, /the agent ended \(SIGKILL\)/);
  t.notOk(isAlive(ready.pids.coordinator) || isAlive(ready.pids.board));
});

t.test('up says so where a part dies at once: here the port is taken', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'lln-up-'));
  const taker = createServer().listen(0, '127.0.0.1');
  await once(taker, 'listening');
  t.teardown(() => {
    taker.close();
    rmSync(folder, { recursive: true });
  });
  const { port } = taker.address() as AddressInfo;
  const { exitCode, stderr } = await startCli(['up', '--data-dir', folder, '--port', `${port}`]).ended;
  t.equal(exitCode, exitCodes.notSo);
  t.match(stderr, /the coordinator ended/);
  t.match(stderr, new RegExp(`cannot listen on 127.0.0.1:${port}`));
});
