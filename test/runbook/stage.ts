import { execFile } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type DeviceView, decodePackage, type Suite, type VerificationRecord } from '@liquid-lln/protocol';
import {
  type LocalBoard,
  type LocalDevice,
  LocalFleet,
  readModel,
  simulateRoom,
  Traffic,
  waitFor,
} from '@liquid-lln/tools';
import * as v from 'valibot';
import { HttpReceiver } from '../support/http-receiver.js';
import { OperatorClient } from '../support/operator-client.js';
import type { CliRun } from '../support/run-cli.js';
import { projectRoot } from '../support/shared.js';
import { isInFlash, slowDown, startBoards, writesOf } from './boards.js';
import { runnableLine } from './command-lines.js';
import { Onlooker } from './onlooker.js';
import { answersOf } from './own-kernel.js';
import type { TypedLine } from './transcript.js';

const environments = {
  'sim-1': 'simulation',
  'stage-1': 'staging',
  'prod-1': 'production',
  'prod-2': 'production',
} as const;
type Gateway = keyof typeof environments;
const gateways = Object.keys(environments) as Gateway[];

const operatorFile = v.object({ broker: v.string(), username: v.string(), password: v.string() });
const lineMsMax = 120_000;
const datasetRows = 200;

/** Milliwatts that the gateways' meter shows. */
export const meteredMw = 2_500;

/** What `occupancy` is made of, version by version. */
const recipes = {
  /** The version that the runbook goes back to by its number. */
  base: { network: 'occupancy-cfc', version: '1.2.3' },
  previous: { network: 'occupancy-cfc', version: '1.2.4' },
  next: { network: 'occupancy-ltc', version: '1.3.0' },
  /** After `next` was taken back in an emergency. */
  mended: { network: 'occupancy-ltc', version: '1.3.1' },
} as const;
export type Release = keyof typeof recipes;

/** What a dataset says of a package, as the kernel of this process computes it. */
export interface Expected {
  readonly rows: number;
  readonly right: number;
}

interface StageParts {
  readonly fleet: LocalFleet;
  readonly boards: Record<Gateway, LocalBoard>;
  readonly pager: HttpReceiver;
  readonly operator: OperatorClient;
  readonly onlooker: Onlooker;
}

/** A target as requests to the coordinator name it. */
export function targetOf(name: string) {
  return { name, environment: null };
}

/** A fleet of processes, and an operator's folder to type commands in. */
export class Stage {
  readonly fleet: LocalFleet;
  readonly folder: string;
  /** Asks the coordinator by MQTT, as the command line does, but without it. */
  readonly operator: OperatorClient;
  /** Sees what is said to `prod-1` and its board. */
  readonly onlooker: Onlooker;
  /** Every line of the runbook that was typed, in order. */
  readonly typed: TypedLine[] = [];
  readonly #boards: Record<Gateway, LocalBoard>;
  readonly #pager: HttpReceiver;
  /** One after the other: the last one may be under way. */
  readonly #traffic: Traffic[] = [];

  private constructor({ fleet, boards, pager, operator, onlooker }: StageParts) {
    this.fleet = fleet;
    this.operator = operator;
    this.onlooker = onlooker;
    this.#pager = pager;
    this.folder = join(fleet.folder, 'operator');
    this.#boards = boards;
  }

  static async open(): Promise<Stage> {
    const folder = mkdtempSync(join(tmpdir(), 'liquid-lln-runbook-'));
    const boards = await startBoards(folder);
    writeSensors(folder);
    const pager = await HttpReceiver.start();
    writeFileSync(join(folder, 'pager.secret'), 'a secret that is long enough');
    const fleet = await LocalFleet.start({
      folder,
      gateways,
      environment: 'production',
      environments,
      boards: Object.fromEntries(
        gateways.map((gateway) => [gateway, [{ name: 'board', address: boards[gateway].address }]]),
      ),
      // The checklist asks for everything: it is the usual one.
      coordinator: {
        checklist: {},
        alerting: {
          channels: { pager: { kind: 'webhook', url: pager.url, secretFile: 'pager.secret' } },
          roles: { 'on-call-engineer': ['pager'] },
        },
      },
      sensors: { energy: 'hwmon', energyUncertainty: 0.01, sysfsRoot: join(folder, 'sys') },
    });
    mkdirSync(join(folder, 'operator'));
    const credentials = v.parse(operatorFile, JSON.parse(readFileSync(fleet.operatorFile, 'utf8')));
    const operator = await OperatorClient.connect(credentials);
    const onlooker = await Onlooker.open(join(folder, 'prod-1.json'), ['prod-1', 'prod-1.board']);
    return new Stage({ fleet, boards, pager, operator, onlooker });
  }

  async close(): Promise<void> {
    await this.#traffic.at(-1)?.stop();
    await Promise.all([this.operator.disconnect(), this.onlooker.close()]);
    await this.fleet.stop();
    await Promise.all([...Object.values(this.#boards).map((board) => board.stop()), this.#pager.stop()]);
    rmSync(this.fleet.folder, { recursive: true });
  }

  /** Where clients find the device that the lines call `device-ip`. */
  get deviceAddress(): string {
    return new URL(this.device('prod-1').url).host;
  }

  /** The first few requests of clients that were not answered, in words. */
  get clientFailures(): string[] {
    return this.#traffic.flatMap(({ failures }) => failures);
  }

  /** Does something while no client asks: whatever devices answer then, they were asked by it. */
  async withoutClients(act: () => Promise<void>): Promise<void> {
    await this.#traffic.at(-1)?.stop();
    try {
      await act();
    } finally {
      this.#startClients();
    }
  }

  /** The path of a release's package. */
  file(release: Release): string {
    return join(this.folder, `${recipes[release].version}.liquid`);
  }

  digest(release: Release): string {
    return decodePackage(readFileSync(this.file(release))).digest;
  }

  device(deviceId: string): LocalDevice {
    const device = this.fleet.devices.find((one) => one.deviceId === deviceId);
    if (device === undefined) throw new Error(`there is no device ${deviceId}`);
    return device;
  }

  /** The devices of an environment, gateways and boards. */
  devicesIn(environment: (typeof environments)[Gateway]): string[] {
    const isThere = (gateway: string) => environments[gateway as Gateway] === environment;
    return this.fleet.devices.filter(({ gatewayId }) => isThere(gatewayId)).map(({ deviceId }) => deviceId);
  }

  /** What devices themselves say that they answer from: `VERSION SLOT STATE`. */
  async serving(deviceIds: readonly string[]): Promise<Record<string, string>> {
    const entries = deviceIds.map(async (deviceId) => {
      const model = await readModel(this.device(deviceId));
      return [deviceId, model === null ? 'none' : `${model.title.split('@')[1]} ${model.slot} ${model.state}`] as const;
    });
    return Object.fromEntries(await Promise.all(entries));
  }

  /** The file of a device's slot; null if there is none. */
  slotFile(deviceId: string, slot: 'blue' | 'green'): Buffer | null {
    const [gateway = '', board] = deviceId.split('.');
    const path = join(
      this.fleet.folder,
      gateway,
      ...(board === undefined ? [] : ['boards', board]),
      'slots',
      `${slot}.liquid`,
    );
    return existsSync(path) ? readFileSync(path) : null;
  }

  /** Whether the flash of a gateway's board holds the network of a release. */
  isInFlash(gateway: Gateway, release: Release): boolean {
    return isInFlash(this.fleet.folder, gateway, this.file(release));
  }

  /** A JSON answer of a device's HTTP server. */
  async get<const S extends v.GenericSchema>(deviceId: string, path: string, schema: S): Promise<v.InferOutput<S>> {
    const { url } = this.device(deviceId);
    const response = await fetch(`${url}${path}${path.includes('?') ? '&' : '?'}device=${deviceId}`);
    return v.parse(schema, await response.json());
  }

  /** A sum of a gateway's counters in Prometheus' format, by the beginnings of their lines. */
  async counter(deviceId: string, pattern: RegExp): Promise<number> {
    const { url } = this.device(deviceId);
    const lines = (await (await fetch(`${url}/metrics`)).text()).split('\n').filter((line) => pattern.test(line));
    return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  }

  /** The verifications that the coordinator has kept of a target since a moment. */
  async verifications(target: string, suite: Suite, sinceMs: number): Promise<readonly VerificationRecord[]> {
    const request = { kind: 'verifications' as const, target: targetOf(target), suite };
    const { verifications } = await this.operator.request(request);
    return verifications.filter(({ atMs }) => atMs >= sinceMs);
  }

  /** How often a board has written to its line. */
  writesOf(gateway: Gateway): number {
    return writesOf(this.#boards[gateway]);
  }

  /** From now on a board's line carries no more bits a second than these; no client may be waiting for the board. */
  async slowDown(gateway: Gateway, baud: number): Promise<void> {
    const board = await slowDown(this.#boards[gateway], gateway, this.fleet.folder, baud);
    this.#boards[gateway] = board;
    await this.untilHealthy();
  }

  /** Turns clients of devices away, or lets them in again; without the command line. */
  async isolate(target: string, isolated: boolean, reason: string): Promise<void> {
    await this.operator.request({ kind: 'isolate', target: targetOf(target), isolated, reason });
  }

  /** What the coordinator knows of the devices of a target. */
  async devices(target: string): Promise<readonly DeviceView[]> {
    return (await this.operator.request({ kind: 'devices', target: targetOf(target) })).devices;
  }

  /** Types a line in the operator's folder, with `liquid-lln` on the path and the fleet's coordinator to be found. */
  type(line: string): Promise<CliRun> {
    const env = {
      ...process.env,
      PATH: [join(projectRoot, 'node_modules/.bin'), process.env['PATH'] ?? ''].join(delimiter),
      LLN_CONFIG: this.fleet.operatorFile,
      COLUMNS: '240',
    };
    return new Promise((resolve) => {
      const options = { cwd: this.folder, env, timeout: lineMsMax, maxBuffer: 64 * 1024 * 1024 };
      const child = execFile('sh', ['-c', line], options, (_, stdout, stderr) => {
        resolve({ exitCode: child.exitCode, stdout, stderr });
      });
    });
  }

  /** Types a line of the runbook. */
  async typeLine(line: string): Promise<CliRun> {
    const run = await this.type(runnableLine(line, this.deviceAddress));
    this.typed.push({ line, ...run });
    return run;
  }

  /** Types what has to work for the line that comes. @returns its standard output */
  async prepare(line: string): Promise<string> {
    const { exitCode, stdout, stderr } = await this.type(line);
    if (exitCode !== 0) throw new Error(`${line} ended with ${exitCode}: ${stdout}${stderr}`);
    return stdout;
  }

  /** Lays a release where the lines find `new_model.liquid`. */
  offer(release: Release): void {
    copyFileSync(this.file(release), join(this.folder, 'new_model.liquid'));
  }

  /** Packages, data, `1.2.3` everywhere, and clients in production. */
  async prepareFleet(): Promise<void> {
    await Promise.all((Object.keys(recipes) as Release[]).map((release) => this.#pack(release)));
    this.offer('next');
    writeFileSync(join(this.folder, 'validation.csv'), makeDataset(this.file('next')));
    await this.#untilOnline();
    await this.prepare('liquid-lln datasets add validation validation.csv --for occupancy');
    const begin = `liquid-lln deploy --target all --model ${this.file('base')} --force --reason "the fleet begins with it"`;
    await this.prepare(runnableLine(begin, ''));
    this.#startClients();
  }

  /** Somebody on call answers, and everybody knows what comes: what the lines before cannot show. */
  async prepareProduction(release: Release): Promise<void> {
    await this.prepare('liquid-lln notify --test');
    const test = this.#pager.bodies.findLast(({ event }) => event === 'test');
    const { code } = v.parse(v.object({ facts: v.object({ code: v.string() }) }), test).facts;
    await this.prepare(`liquid-lln notify --acknowledge ${code}`);
    await this.prepare(`liquid-lln notify --announce occupancy@${recipes[release].version} --target production`);
    await this.untilHealthy();
  }

  /** The way of a release through simulation and staging, as the first lines have it, but through both at once. */
  async prepareRelease(release: Release): Promise<void> {
    const model = `--model ${this.file(release)}`;
    // One upload: of two at the same time the later one may find its file registered and gone.
    await this.prepare(runnableLine(`liquid-lln deploy --target simulation ${model}`, ''));
    const ways = [
      ['liquid-lln verify --target simulation --test-suite full'],
      [
        `liquid-lln deploy --target stm32h743 ${model} --env staging`,
        'liquid-lln verify --target stm32h743 --env staging --test-suite integration',
      ],
    ];
    await Promise.all(
      ways.map(async (lines) => {
        for (const line of lines) await this.prepare(runnableLine(line, ''));
      }),
    );
    await this.prepareProduction(release);
  }

  /** How often a release is right about the dataset. */
  expectedAccuracy(release: Release): Expected {
    const text = readFileSync(join(this.folder, 'validation.csv'), 'utf8');
    const answers = answersOf(this.file(release), text);
    const truths = text
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((line) => Number(line.split(',').at(-1)));
    return { rows: truths.length, right: truths.filter((truth, row) => truth === answers[row]).length };
  }

  async #pack(release: Release): Promise<void> {
    const { network, version } = recipes[release];
    const source = join(projectRoot, 'examples/occupancy', network);
    const from = `--weights ${source}.safetensors --config ${source}.json --name occupancy --version ${version}`;
    const promises = '--latency-ms 100 --accuracy 0.9 --temperature -20,85';
    await this.prepare(`liquid-lln pack ${from} ${promises} --key ${this.fleet.signingKey} -o ${this.file(release)}`);
  }

  /** Until production has nothing to complain of. */
  async untilHealthy(): Promise<void> {
    await waitFor({ what: 'a healthy production', timeoutMs: 60_000, everyMs: 200 }, async () => {
      const devices = await this.devices('production');
      return devices.every(({ faults, isolation }) => faults.length === 0 && isolation?.isolated !== true) || null;
    });
  }

  async #untilOnline(): Promise<void> {
    await waitFor({ what: 'every device', timeoutMs: 60_000, everyMs: 200 }, async () => {
      const devices = await this.devices('all');
      return (devices.length === 2 * gateways.length && devices.every(({ online }) => online)) || null;
    });
  }

  #startClients(): void {
    const clients = this.fleet.devices.filter(({ gatewayId }) => gatewayId.startsWith('prod'));
    const init = { logFile: join(this.folder, 'clients.log'), seed: 1, rateOf: () => 10 };
    this.#traffic.push(Traffic.start(clients, init));
  }
}

/** A meter and a thermometer as the kernel shows them: an INA226 at 2.5 W, a processor at 41 degrees. */
function writeSensors(folder: string): void {
  const files = {
    'hwmon/hwmon0/name': 'ina226',
    'hwmon/hwmon0/power1_input': `${meteredMw * 1000}`,
    'thermal/thermal_zone0/type': 'cpu-thermal',
    'thermal/thermal_zone0/temp': '41000',
  };
  for (const [path, text] of Object.entries(files)) {
    const file = join(folder, 'sys/class', path);
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, `${text}\n`);
  }
}

/** Readings of a simulated room, labelled by the package itself, with every twentieth label turned round. */
function makeDataset(file: string): string {
  const room = simulateRoom(7, 6 * 60);
  const rows = Array.from({ length: datasetRows }, () => {
    const { temperatureC, humidityPct, lightLx, co2Ppm } = room.next().value.sensors;
    return [temperatureC, humidityPct, lightLx, co2Ppm].map((value) => value.toFixed(3)).join(',');
  });
  const unlabelled = ['temperature,humidity,light,co2', ...rows].join('\n');
  const labels = answersOf(file, unlabelled).map((answer, row) => (row % 20 === 19 ? 1 - answer : answer));
  return `temperature,humidity,light,co2,label\n${rows.map((row, index) => `${row},${labels[index]}`).join('\n')}\n`;
}
