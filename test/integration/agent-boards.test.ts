import { mkdtempSync, rmSync } from 'node:fs';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { DeviceId } from '@liquid-lln/protocol';
import { LocalBoard } from '@liquid-lln/tools';
import t, { type Test } from 'tap';
import { AgentProcess } from '../support/agent/agent-process.js';
import { deployOf, desired, quickPolicy } from '../support/agent/documents.js';
import { askOver, isRefused } from '../support/agent/http-client.js';
import { misbehavingPackage, type SignedPackage, signedPackage } from '../support/agent/signed-package.js';
import { StandInFleet } from '../support/agent/stand-in-fleet.js';
import { waitFor } from '../support/wait-for.js';

const skip = LocalBoard.faultOf('posix') ?? false;
const device = 'gw-1.a' as DeviceId;
const first = signedPackage();
const second = signedPackage({ version: '2.0.0', weight: 0.6 });
const bad = misbehavingPackage();
t.setTimeout(300_000);

interface Stage {
  readonly fleet: StandInFleet;
  readonly board: LocalBoard;
  readonly config: object;
  agent: AgentProcess;
}

/** A real agent with a real board on a line, and the coordinator's part played. */
async function startStage(t: Test, line: 'socket' | 'pty'): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'lln-agent-board-'));
  const board = await LocalBoard.start({ name: 'a', folder, kind: 'posix', line });
  const place = line === 'socket' ? { socket: board.address.replace(/^unix:/, '') } : { port: board.address };
  const config = { boards: [{ name: 'a', kind: 'posix', ...place }] };
  const fleet = await StandInFleet.start();
  for (const offered of [first, second, bad]) await fleet.offerPackage(offered);
  const stage: Stage = { fleet, board, config, agent: await AgentProcess.start({ broker: fleet.url, config }) };
  t.teardown(async () => {
    await stage.agent.stop('SIGKILL');
    await fleet.stop();
    await board.stop();
    rmSync(folder, { recursive: true });
  });
  return stage;
}

function reportOf({ fleet }: Stage) {
  return fleet.reports.findLast(({ deviceId }) => deviceId === device);
}

async function deploy(stage: Stage, generation: number, { reference }: SignedPackage, result: string): Promise<void> {
  const policy = { ...quickPolicy, windowSeconds: 3 };
  await stage.fleet.setDesired(device, desired(generation, deployOf(reference, policy)));
  const isDone = () => {
    const outcome = reportOf(stage)?.outcome;
    return outcome?.generation === generation && outcome.result === result;
  };
  await waitFor(`${device} to be ${result}`, isDone, { timeoutMs: 60_000 });
}

function countLines({ agent }: Stage, text: string): number {
  return agent.output.split(text).length - 1;
}

/** A stopped process is a board that hangs: its line is there, and nobody answers. */
function signalBoard({ board }: Stage, signal: 'SIGSTOP' | 'SIGCONT'): void {
  if (board.pid !== undefined) process.kill(board.pid, signal);
}

async function askBoard({ agent }: Stage) {
  const response = await fetch(`${agent.url}/inference?device=${device}`, { method: 'POST', body: '{"input":[0.5]}' });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

for (const line of ['socket', 'pty'] as const) {
  t.test(
    `over a ${line}, a board takes a package, a second one, and leaves a bad one; no request fails`,
    { skip },
    async (t) => {
      const stage = await startStage(t, line);
      await deploy(stage, 1, first, 'confirmed');
      let isOver = false;
      const failures: unknown[] = [];
      let answered = 0;
      const clients = ['x', 'y'].map(async (session) => {
        while (!isOver) {
          const answer = await stage.agent.infer({ input: [0.5], session, device });
          if (answer.status === 200) answered += 1;
          else failures.push(answer);
        }
      });
      await deploy(stage, 2, second, 'confirmed');
      await deploy(stage, 3, bad, 'reverted');
      isOver = true;
      await Promise.all(clients);
      t.same(failures, []);
      t.ok(answered > 50, `${answered} requests were answered`);
      const { status, body } = await askBoard(stage);
      t.equal(status, 200);
      t.match(body, { device, model: { digest: second.reference.digest } });
      t.match((await stage.agent.get(`/model?device=${device}`)).body, { digest: second.reference.digest });
      t.match((await stage.agent.get('/health')).body, {
        device: 'gw-1',
        devices: [{}, { device, status: 'serving' }],
      });
      const text = await (await fetch(`${stage.agent.url}/metrics`)).text();
      t.match(text, /^lln_device_reachable\{device="gw-1.a"\} 1$/m);
      t.match(text, /^lln_model_info\{model="tiny@2.0.0",state="confirmed",device="gw-1.a"\} 1$/m);
      const figures = () => stage.fleet.healths.findLast(({ deviceId }) => deviceId === device)?.board;
      await waitFor('the erasures to be counted', () => Math.max(0, ...(figures()?.erasures ?? [])) > 0);
      await waitFor('the time that the line takes', () => (figures()?.linkUs ?? 0) > 0);
    },
  );
}

t.test("the board's answers are the bits of the gateway's own engine", { skip }, async (t) => {
  const stage = await startStage(t, 'socket');
  await deploy(stage, 1, first, 'confirmed');
  await stage.fleet.setDesired('gw-1', desired(2, deployOf(first.reference)));
  const isThere = async () => (await stage.agent.get('/health')).status === 200;
  await waitFor('the gateway to serve', isThere);
  const inputs = Array.from({ length: 700 }, (_, step) => [Math.sin(step)]);
  const onBoard = await stage.agent.infer({ inputs, device });
  const onGateway = await stage.agent.infer({ inputs });
  t.equal(onBoard.status, 200);
  t.same(onBoard.body['outputs'], onGateway.body['outputs']);
});

t.test('a power cut of the board in its trial takes the package back, there and in the record', { skip }, async (t) => {
  const stage = await startStage(t, 'socket');
  await deploy(stage, 1, first, 'confirmed');
  const policy = { ...quickPolicy, soakSeconds: 60, trialSecondsMax: 90 };
  await stage.fleet.setDesired(device, desired(2, deployOf(second.reference, policy)));
  await waitFor('the trial', () => reportOf(stage)?.running?.state === 'trial', { timeoutMs: 30_000 });
  await waitFor('the board to try it', () => countLines(stage, 'the board has started again') >= 2);
  await stage.board.cutPower();
  const isBack = () => reportOf(stage)?.outcome?.result === 'reverted';
  await waitFor('the return', isBack, { timeoutMs: 60_000 });
  t.match(reportOf(stage)?.running, { digest: first.reference.digest, state: 'confirmed' });
  t.match((await askBoard(stage)).body, { model: { digest: first.reference.digest } });
});

t.test('an agent killed in a trial of its board goes back with it at the next start', { skip }, async (t) => {
  const stage = await startStage(t, 'socket');
  await deploy(stage, 1, first, 'confirmed');
  const policy = { ...quickPolicy, soakSeconds: 60, trialSecondsMax: 90 };
  await stage.fleet.setDesired(device, desired(2, deployOf(second.reference, policy)));
  await waitFor('the board to try it', () => countLines(stage, 'the board has started again') >= 2);
  await stage.agent.stop('SIGKILL');
  const { url } = stage.fleet;
  stage.agent = await AgentProcess.start({ broker: url, folder: stage.agent.folder, config: stage.config });
  await waitFor('the board to be in line', () => stage.agent.output.includes('"step":"end-trial"'), {
    timeoutMs: 30_000,
  });
  const isServing = async () => (await askBoard(stage)).status === 200;
  await waitFor('the board to serve', isServing);
  t.match((await askBoard(stage)).body, { model: { digest: first.reference.digest } });
});

t.test('a board that hangs answers 503 and is reported offline, and is taken back', { skip }, async (t) => {
  const stage = await startStage(t, 'socket');
  await deploy(stage, 1, first, 'confirmed');
  signalBoard(stage, 'SIGSTOP');
  await waitFor('the board to be offline', () => stage.fleet.statuses.get(device)?.online === false, {
    timeoutMs: 30_000,
  });
  const { status, body } = await askBoard(stage);
  t.equal(status, 503);
  t.match(body, { code: 'BOARD_UNREACHABLE' });
  t.equal((await stage.agent.get('/health')).status, 503, 'the gateway itself has no package');
  signalBoard(stage, 'SIGCONT');
  await waitFor('the board to be back', () => stage.fleet.statuses.get(device)?.online === true, { timeoutMs: 30_000 });
  t.equal((await askBoard(stage)).status, 200);
});

t.test('a board that is not there stops no agent', { skip }, async (t) => {
  const config = { boards: [{ name: 'a', socket: '/tmp/liquid-lln-no-board' }] };
  const agent = await AgentProcess.start({ broker: 'mqtt://127.0.0.1:1', config });
  t.teardown(() => agent.stop('SIGKILL'));
  t.match((await agent.get('/health')).body, { devices: [{ device: 'gw-1' }, { device, status: 'unreachable' }] });
  const answer = await agent.infer({ input: [1], device });
  t.equal(answer.status, 503);
  t.equal(await agent.stop(), 0);
});

t.test('a board of another kind than the configuration expects serves nothing', { skip }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'lln-agent-board-'));
  const board = await LocalBoard.start({ name: 'a', folder, kind: 'posix' });
  const boards = [{ name: 'a', kind: 'stm32h743', socket: board.address.replace(/^unix:/, '') }];
  const agent = await AgentProcess.start({ broker: 'mqtt://127.0.0.1:1', config: { boards } });
  t.teardown(async () => {
    await agent.stop('SIGKILL');
    await board.stop();
    rmSync(folder, { recursive: true });
  });
  await waitFor('the agent to say so', () =>
    agent.output.includes('is a posix, the configuration expects a stm32h743'),
  );
  t.match((await agent.get('/health')).body, { devices: [{}, { device, status: 'unreachable' }] });
});

t.test('boards that make no sense are refused, naming what is wrong', async (t) => {
  const start = (boards: object[]) => AgentProcess.start({ broker: 'mqtt://127.0.0.1:1', config: { boards } });
  await t.rejects(start([{ name: 'a' }]), /either port or socket/);
  await t.rejects(start([{ name: 'a', port: '/dev/x', socket: '/x' }]), /either port or socket/);
  await t.rejects(start([{ name: 'A', port: '/dev/x' }]), /a-z/);
  await t.rejects(
    start([
      { name: 'a', port: '/dev/x' },
      { name: 'a', port: '/dev/y' },
    ]),
    /names must differ/,
  );
});

t.test(
  'one connection carries request after request to a board, and a stop answers what the board has in work',
  async (t) => {
    const stage = await startStage(t, 'socket');
    await deploy(stage, 1, first, 'confirmed');
    const pool = new Agent({ keepAlive: true, maxSockets: 1 });
    t.teardown(() => pool.destroy());
    const ask = () => askOver(pool, stage.agent.url, '{"input":[0.5]}', `?device=${device}`);
    const ports = new Set<number | undefined>();
    for (let round = 0; round < 3; round += 1) {
      const response = await ask();
      ports.add(response.socket.localPort);
      t.match(JSON.parse(await text(response)), { device });
    }
    t.equal(ports.size, 1);
    signalBoard(stage, 'SIGSTOP');
    const answering = ask();
    await waitFor('the request to be in work', async () => (await stage.agent.get('/health')).status === 503);
    const stopped = stage.agent.stop();
    await waitFor('no new connections', () => isRefused(stage.agent.url));
    signalBoard(stage, 'SIGCONT');
    const response = await answering;
    t.match([response.statusCode, response.headers.connection], [200, 'close']);
    t.match(JSON.parse(await text(response)), { device, model: { digest: first.reference.digest } });
    t.equal(await stopped, 0);
  },
);
