import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { auditEntrySchema, deviceIsolationSchema } from '@liquid-lln/protocol';
import {
  eventsAnswer,
  LocalBoard,
  LocalFleet,
  makePackages,
  readModel,
  rolloutAnswer,
  statusAnswer,
  waitFor,
} from '@liquid-lln/tools';
import t from 'tap';
import * as v from 'valibot';

// A coordinator, two agents and a board as processes; clients that go on asking; an operator who isolates and releases.

t.setTimeout(240_000);

const skip = LocalBoard.faultOf('posix') ?? false;
const settings = ['windowSeconds=5', 'windowInferencesMin=20', 'evidenceInferencesMin=20', 'heartbeatSeconds=1'];
const limits = ['--soak', '2s', ...settings.flatMap((setting) => ['--set', setting])];
const isolationAnswer = v.object({ isDone: v.boolean(), inForce: v.number(), devices: v.array(deviceIsolationSchema) });
const auditAnswer = v.object({ entries: v.array(auditEntrySchema) });
const healthAnswer = v.looseObject({
  status: v.string(),
  isolation: v.nullable(v.looseObject({ reason: v.string() })),
});

const folder = mkdtempSync(join(tmpdir(), 'liquid-lln-isolation-'));
const board = skip === false ? await LocalBoard.start({ name: 'board', folder, kind: 'posix' }) : null;
const boards = board === null ? {} : { 'gw-1': [{ name: 'a', address: board.address }] };
const fleet = await LocalFleet.start({ folder, gateways: ['gw-1', 'gw-2'], environment: 'production', boards });
const packages = await makePackages(folder, fleet.signingKey, new AbortController().signal);

interface Answer {
  readonly status: number;
  readonly code: string | null;
  readonly retryAfter: string | null;
}

function urlOf(device: string): string {
  const found = fleet.devices.find(({ deviceId }) => deviceId === device);
  if (found === undefined) throw new Error(`there is no device ${device}`);
  return found.url;
}

async function ask(device: string): Promise<Answer> {
  const response = await fetch(`${urlOf(device)}/inference?device=${device}`, {
    method: 'POST',
    body: '{"input":[21.2,26.5,420,720]}',
    signal: AbortSignal.timeout(10_000),
  });
  const body = v.parse(v.looseObject({ code: v.optional(v.string()) }), await response.json());
  return { status: response.status, code: body.code ?? null, retryAfter: response.headers.get('retry-after') };
}

/** A client that asks one device again and again. */
class Client {
  readonly #answers: Answer[] = [];
  readonly #device: string;
  readonly #ended: Promise<void>;
  #isStopped = false;

  constructor(device: string) {
    this.#device = device;
    this.#ended = this.#run();
  }

  /** The statuses of the next few answers that are asked for from now on. */
  async nextStatuses(count = 20): Promise<number[]> {
    // What is on its way was asked for before.
    const from = this.#answers.length + 1;
    const what = `${count} answers of ${this.#device}`;
    await waitFor({ what, timeoutMs: 20_000, everyMs: 20 }, () => this.#answers.length >= from + count || null);
    return [...new Set(this.#answers.slice(from).map(({ status }) => status))];
  }

  get statuses(): number[] {
    return [...new Set(this.#answers.map(({ status }) => status))].sort();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#ended;
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      this.#answers.push(await ask(this.#device));
      await sleep(5);
    }
  }
}

const clients: Client[] = [];
function startClient(device: string): Client {
  const client = new Client(device);
  clients.push(client);
  return client;
}

t.teardown(async () => {
  await Promise.allSettled(clients.map((client) => client.stop()));
  await fleet.stop();
  await board?.stop();
  rmSync(folder, { recursive: true });
});

function isolate(target: string, ...options: string[]) {
  return fleet.ask(isolationAnswer, 'isolate', '--target', target, '--reason', 'it answers nonsense', ...options);
}

async function deploy(file: string, target = 'production') {
  return (await fleet.ask(rolloutAnswer, 'deploy', '--target', target, '--model', file, ...limits)).rollout;
}

async function healthOf(device: string) {
  const response = await fetch(`${urlOf(device)}/health?device=${device}`);
  return { httpStatus: response.status, ...v.parse(healthAnswer, await response.json()) };
}

t.test('a fleet serves', async (t) => {
  const deviceCount = fleet.devices.length;
  await waitFor({ what: 'every device to be there', timeoutMs: 30_000, everyMs: 200 }, async () => {
    const { exitCode, document } = await fleet.cli('status', '--target', 'all');
    return exitCode === 0 && v.parse(statusAnswer, document).devices.length === deviceCount ? true : null;
  });
  t.equal((await deploy(packages.first.file)).status, 'succeeded');
});

t.test('B52: with clients asking, an isolated device turns them away at once, and others do not notice', async (t) => {
  const [isolated, other] = [startClient('gw-1'), startClient('gw-2')];
  t.same(await isolated.nextStatuses(), [200]);
  const result = await isolate('gw-1');
  t.match(result, { isDone: true, inForce: 1, devices: [{ deviceId: 'gw-1' }] });
  t.same(await isolated.nextStatuses(), [503]);
  t.same(await ask('gw-1'), { status: 503, code: 'DEVICE_ISOLATED', retryAfter: null });
  t.match(await healthOf('gw-1'), {
    httpStatus: 503,
    status: 'isolated',
    isolation: { reason: 'it answers nonsense' },
  });
  t.match(await readModel({ deviceId: 'gw-1', gatewayId: 'gw-1', url: urlOf('gw-1') }), {
    title: packages.first.title,
  });
  const metrics = await (await fetch(`${urlOf('gw-1')}/metrics`)).text();
  t.match(metrics, /^lln_device_isolated\{device="gw-1"\} 1$/m);
  t.same(await other.nextStatuses(), [200]);
  t.same(other.statuses, [200]);
  await isolated.stop();
});

t.test('B52: a board is a device of its own', { skip }, async (t) => {
  t.equal((await ask('gw-1.a')).status, 200, 'its gateway was isolated, and it was not');
  await isolate('posix');
  t.match(await ask('gw-1.a'), { status: 503, code: 'DEVICE_ISOLATED' });
  await isolate('posix', '--release');
  t.equal((await ask('gw-1.a')).status, 200);
});

t.test('B52: it stays isolated when the coordinator is killed, and when it is restarted without one', async (t) => {
  await fleet.killCoordinator();
  t.equal((await ask('gw-1')).code, 'DEVICE_ISOLATED');
  await fleet.killAgent('gw-1');
  await fleet.restartAgent('gw-1');
  t.equal((await ask('gw-1')).code, 'DEVICE_ISOLATED');
  await fleet.startCoordinator();
  const again = await isolate('gw-1');
  t.match(again, { isDone: true, devices: [{ isolation: { isolated: true, progress: 'in-force' } }] });
  const { devices } = await fleet.ask(statusAnswer, 'status', '--target', 'gw-1');
  t.match(devices, [{ online: true, isolation: { isolated: true, told: { reason: 'it answers nonsense' } } }]);
});

t.test('B52: an isolated device takes a deployment and confirms it, and is isolated all the same', async (t) => {
  const client = startClient('gw-1');
  const rollout = await deploy(packages.better.file, 'native');
  t.equal(rollout.status, 'succeeded');
  t.match(await readModel({ deviceId: 'gw-1', gatewayId: 'gw-1', url: urlOf('gw-1') }), {
    title: packages.better.title,
    state: 'confirmed',
  });
  t.same(client.statuses, [503]);
  await client.stop();
});

t.test('B52: a device that is away is told when it returns, and the command says so', async (t) => {
  await Promise.all(clients.map((client) => client.stop()));
  await fleet.killAgent('gw-2');
  const { exitCode, document } = await fleet.cli('isolate', '--target', 'gw-2', '--reason', 'it is missing');
  t.equal(exitCode, 1);
  t.match(document, { isDone: false, inForce: 0, devices: [{ isolation: { isolated: true, progress: 'offline' } }] });
  await fleet.restartAgent('gw-2');
  await waitFor({ what: 'it to be isolated', timeoutMs: 20_000, everyMs: 50 }, async () => {
    return (await ask('gw-2')).code === 'DEVICE_ISOLATED' ? true : null;
  });
});

t.test('B52: released devices answer again, and the whole story is on record', async (t) => {
  const client = startClient('gw-1');
  await isolate('native', '--release');
  t.same(await client.nextStatuses(), [200]);
  t.equal((await ask('gw-2')).status, 200);
  t.match(await healthOf('gw-1'), { httpStatus: 200, status: 'serving', isolation: null });
  const { events } = await fleet.ask(eventsAnswer, 'events', '--target', 'gw-1');
  const kinds = events.map(({ body }) => body.kind);
  t.same(
    kinds.filter((kind) => ['isolated', 'released', 'alert', 'reverted'].includes(kind)),
    ['isolated', 'released'],
    'nothing but that happened to it',
  );
  const { entries } = await fleet.ask(auditAnswer, 'audit', '--limit', '500');
  const told = entries.filter(({ action }) => ['isolate', 'release'].includes(action));
  t.match(told.at(0), { subject: 'gw-1', reason: 'it answers nonsense', detail: 'devices: gw-1' });
  t.match(told.at(-1), { action: 'release', subject: 'native', detail: 'devices: gw-1, gw-2' });
  t.ok(entries.some(({ action, subject }) => action === 'device-released' && subject === 'gw-1'));
});
