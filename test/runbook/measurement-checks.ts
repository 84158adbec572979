import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BaselineFile, baselineFileSchema, parseWith, type Suite } from '@liquid-lln/protocol';
import type { Test } from 'tap';
import * as v from 'valibot';
import { type Checks, each, rowOf } from './check.js';
import { commandLines } from './command-lines.js';
import { stepUsOf } from './own-kernel.js';
import { meteredMw, type Stage } from './stage.js';

const [, verifyFull, , verifyIntegration, , verifyGreen] = commandLines;
const [testEndToEnd, profileEnergy, profileLatency, evaluate] = [
  commandLines[12],
  commandLines[13],
  commandLines[14],
  commandLines[15],
];
const [verifySmoke, benchmark, updateThresholds] = [commandLines[20], commandLines[21], commandLines[22]];
const [profileDetailed, compare, analyze] = [commandLines[28], commandLines[29], commandLines[30]];

/** Of line 15, as it stands there. */
const samples = 1_000;
/** What `profile --detailed` asks a device's HTTP server. */
const requestsOfDetails = 100;
/** Bits a second: an inference's frames, of more than 100 bytes both ways, take more than two milliseconds. */
const slowBaud = 460_800;
const slowLineUsMin = 2_000;
const seenByOnlooker = ['prod-1', 'prod-1.board'];

const limitsAnswer = v.object({
  limits: v.array(v.looseObject({ metric: v.string(), origin: v.string(), healthy: v.nullable(v.number()) })),
});

/** Verifies, and reads with another command what the coordinator has kept of it. */
async function verify(
  t: Test,
  stage: Stage,
  line: string,
  kept: {
    readonly target: string;
    readonly suite: Suite;
    readonly devices: readonly string[];
    readonly version: string;
  },
): Promise<void> {
  const beganMs = Date.now();
  const { exitCode, stdout } = await stage.typeLine(line);
  if (!t.equal(exitCode, 0, line)) t.comment(stdout);
  const verifications = await stage.verifications(kept.target, kept.suite, beganMs);
  t.same(
    verifications.map(({ deviceId, isPassed, package: of }) => [deviceId, of.version, isPassed]),
    [...kept.devices].sort().map((deviceId) => [deviceId, kept.version, true]),
    'kept by the coordinator',
  );
}

/** Types a line that has to succeed. @returns its output */
async function succeed(t: Test, stage: Stage, line: string): Promise<string> {
  const { exitCode, stdout } = await stage.typeLine(line);
  if (!t.equal(exitCode, 0, line)) t.comment(stdout);
  return stdout;
}

/** Inferences that a device has answered well, by its gateway's own count. */
function answeredBy(stage: Stage, deviceId: string): Promise<number> {
  return stage.counter(deviceId, new RegExp(`^lln_inferences_total\\{result="ok".*device="${deviceId}"`));
}

/** A time as tables show it. */
function microseconds(text: string): number {
  const [, figure, unit = ''] = /^(?<figure>[\d.]+) (?<unit>us|ms|s)\b/.exec(text) ?? [];
  return Number(figure) * ({ us: 1, ms: 1_000, s: 1_000_000 }[unit] ?? Number.NaN);
}

/** What parts an inference of each device in a table is made of, in microseconds; layers of the kernel left out. */
function partsIn(table: string): Map<string, number>[] {
  const found: Map<string, number>[] = [];
  for (const row of table.split('\n').slice(1)) {
    if (/^\S/.test(row)) found.push(new Map());
    const [, name = '', time = ''] = row.trimEnd().split(/ {2,}/);
    if (row.endsWith('measured')) found.at(-1)?.set(name, microseconds(time));
  }
  return found;
}

/** A baseline as if every latency had been another. */
function scaled(baseline: BaselineFile, factor: number): BaselineFile {
  const scale = (found: BaselineFile['devices'][number]['findings']['engineUs']) =>
    found && {
      ...found,
      quantiles: found.quantiles.map((figure) => ({ ...figure, value: figure.value * factor })),
      blocks: found.blocks.map((block) => block * factor),
    };
  const devices = baseline.devices.map((device) => ({
    ...device,
    findings: {
      ...device.findings,
      engineUs: scale(device.findings.engineUs),
      wholeUs: scale(device.findings.wholeUs),
    },
  }));
  return { ...baseline, devices };
}

function readBaseline(path: string): BaselineFile {
  return parseWith(baselineFileSchema, JSON.parse(readFileSync(path, 'utf8')), path);
}

/** Measurements: compared with what this process computes, sees at the devices, or finds in files and other commands. */
export const measurementChecks = {
  [verifyFull]: async (t, stage, line) => {
    const devices = stage.devicesIn('simulation');
    const rejected = () => stage.counter('sim-1', /^lln_requests_rejected_total/);
    const before = await rejected();
    await verify(t, stage, line, { target: 'simulation', suite: 'full', devices, version: '1.3.0' });
    t.equal(
      (await rejected()) - before,
      13 * devices.length,
      'malformed requests reached the devices and were refused',
    );
  },
  [verifyIntegration]: async (t, stage, line) => {
    // The boards of this kind in staging and production: each with the package that serves there.
    const inferences = () =>
      stage.counter('stage-1.board', /^lln_inferences_total\{result="ok".*device="stage-1\.board"/);
    const [before, beganMs] = [await inferences(), Date.now()];
    const { exitCode, stdout } = await stage.typeLine(line);
    if (!t.equal(exitCode, 0, line)) t.comment(stdout);
    t.ok((await inferences()) > before, 'the board computed');
    t.match(await stage.verifications('stm32h743', 'integration', beganMs), [
      { deviceId: 'prod-1.board', package: { version: '1.2.3' }, isPassed: true },
      { deviceId: 'prod-2.board', package: { version: '1.2.3' }, isPassed: true },
      { deviceId: 'stage-1.board', package: { version: '1.3.0' }, isPassed: true, drill: { requestsLost: 0 } },
    ]);
  },
  [verifyGreen]: async (t, stage, line) => {
    const devices = stage.devicesIn('production');
    await verify(t, stage, line, { target: 'production-green', suite: 'production', devices, version: '1.3.0' });
    t.same(await stage.serving(devices), each(devices, '1.2.3 blue confirmed'), 'blue goes on serving');
    t.same(stage.clientFailures, []);
  },
  [testEndToEnd]: async (t, stage, line) => {
    const devices = stage.devicesIn('production');
    const inferences = () => Promise.all(devices.map((device) => answeredBy(stage, device)));
    await stage.withoutClients(async () => {
      const [before, beganMs] = [await inferences(), Date.now()];
      await succeed(t, stage, line);
      t.same(
        (await inferences()).map((count, index) => count - (before[index] ?? 0)),
        devices.map(() => 1),
        'each device has answered one request more, and nobody else has asked',
      );
      const kept = await stage.verifications('production', 'end-to-end', beganMs);
      t.match(
        kept.map(({ deviceId, checks }) => [deviceId, ...checks.map(({ name, state }) => `${name} ${state}`)]),
        [...devices].sort().map((device) => [device, 'version passed', 'answering passed', 'telemetry passed']),
        'kept by the coordinator',
      );
      for (const { deviceId, health } of await stage.devices('production'))
        t.ok((health?.atMs ?? 0) >= beganMs, `the coordinator has heard of ${deviceId} since`);
    });
    const spec = { kind: 'verify', suite: 'end-to-end' };
    for (const device of seenByOnlooker)
      t.match(stage.onlooker.measurementsOf(device).at(-1), spec, `the packet on MQTT to ${device}`);
  },
  [profileEnergy]: async (t, stage, line) => {
    const { exitCode, stdout } = await stage.typeLine(line);
    for (const gateway of ['prod-1', 'prod-2'])
      t.match(
        rowOf(stdout, gateway).join(' '),
        new RegExp(`${meteredMw}(?:\\.0)? mW.*ina226`),
        `${gateway}: what its meter shows`,
      );
    t.equal(exitCode, 1, 'the boards, which are Linux processes, have no meter: no figure, and so status 1');
  },
  [profileLatency]: async (t, stage, line) => {
    await stage.withoutClients(async () => {
      const writes = () => (['prod-1', 'prod-2'] as const).map((gateway) => stage.writesOf(gateway));
      const before = writes();
      const stdout = await succeed(t, stage, line);
      const written = writes().map((count, index) => count - (before[index] ?? 0));
      t.ok(
        written.every((count) => count >= samples),
        `by Linux' count the boards have written ${written.join(' and ')} times to their lines`,
      );
      const ownUs = stepUsOf(stage.file('next'));
      for (const device of stage.devicesIn('production')) {
        const [, , counted, errors, p50 = ''] = rowOf(stdout, device);
        t.same([counted, errors], [`${samples}`, '0'], `samples of ${device}`);
        const ratio = microseconds(p50) / ownUs;
        t.ok(ratio > 1 / 30 && ratio < 30, `${device}: ${p50} where the kernel here takes ${ownUs.toFixed(1)} us`);
      }
      t.equal(rowOf(stdout, 'all')[1], `${4 * samples}`);
    });
    for (const device of seenByOnlooker)
      t.same(stage.onlooker.measurementsOf(device).at(-1), { kind: 'latency', samples }, `the packet to ${device}`);
  },
  [evaluate]: async (t, stage, line) => {
    const { exitCode, stdout } = await stage.typeLine(line);
    if (!t.equal(exitCode, 0, line)) t.comment(stdout);
    const { rows, right } = stage.expectedAccuracy('next');
    for (const device of stage.devicesIn('production'))
      t.same(rowOf(stdout, device).slice(2, 4), [`${rows}`, `${right}`], `${device} counts as this process does`);
  },
  [verifySmoke]: async (t, stage, line) => {
    const devices = stage.devicesIn('production');
    await verify(t, stage, line, { target: 'production', suite: 'smoke', devices, version: '1.2.3' });
  },
  [benchmark]: async (t, stage, line) => {
    const { exitCode, stdout } = await stage.typeLine(line);
    if (!t.equal(exitCode, 0, line)) t.comment(stdout);
    const file = join(stage.folder, 'baseline.json');
    t.ok(existsSync(file));
    const { devices, missing, target } = readBaseline(file);
    t.same([target, missing], ['production', []]);
    t.same(
      devices.map(({ deviceId }) => deviceId),
      stage.devicesIn('production').sort(),
    );
    t.ok(
      devices.every(({ findings }) => (findings.engineUs?.blocks.length ?? 0) >= 8),
      'enough to compare with',
    );
  },
  [updateThresholds]: async (t, stage, line) => {
    const { exitCode, stdout, stderr } = await stage.typeLine(line);
    if (!t.equal(exitCode, 0, line)) t.comment(stdout, stderr);
    const { devices } = readBaseline(join(stage.folder, 'baseline.json'));
    for (const { deviceId, findings } of devices) {
      const { limits } = await stage.get(deviceId, '/health?verbose', limitsAnswer);
      const latency = limits.find(({ metric }) => metric === 'latency');
      t.equal(latency?.origin, 'baseline', `${deviceId} goes by the baseline`);
      t.ok(Number(latency?.healthy) >= (findings.engineUs?.mean ?? Number.POSITIVE_INFINITY), 'and is healthy by it');
    }
  },
  // From here on the line of this gateway's board is slow: what the lines say of it has to show that.
  [profileDetailed]: async (t, stage, line) => {
    await stage.withoutClients(async () => {
      await stage.slowDown('prod-1', slowBaud);
      const answers = () => stage.counter('prod-1', /^lln_http_answers_total\{path="\/inference",status="200"/);
      const before = await answers();
      const stdout = await succeed(t, stage, line);
      t.equal((await answers()) - before, 2 * requestsOfDetails, 'requests went through the HTTP server');
      const [own = new Map(), board = new Map()] = partsIn(stdout);
      t.same([...own.keys()].sort(), ['FFI call', 'HTTP', 'agent', 'kernel']);
      t.same([...board.keys()].sort(), ['HTTP', 'kernel', 'serial line']);
      const ratio = (own.get('kernel') ?? 0) / stepUsOf(stage.file('mended'));
      t.ok(ratio > 1 / 30 && ratio < 30, `${ratio.toFixed(2)} of what the kernel takes here`);
      t.ok((board.get('serial line') ?? 0) > slowLineUsMin, `the line takes ${board.get('serial line')} us at least`);
    });
    for (const device of seenByOnlooker)
      t.match(stage.onlooker.measurementsOf(device).at(-1), { kind: 'detailed' }, `the packet to ${device}`);
  },
  [compare]: async (t, stage, line) => {
    const previous = join(stage.folder, 'previous_baseline.json');
    const real = readBaseline(join(stage.folder, 'baseline.json'));
    const verdictOf = (stdout: string, figure: string) =>
      stdout.split('\n').find((row) => row.startsWith('prod-1.board ') && row.includes(` ${figure}  `));
    await stage.withoutClients(async () => {
      writeFileSync(previous, JSON.stringify(real));
      const { exitCode, stdout } = await stage.typeLine(line);
      t.equal(exitCode, 1, 'a regression: the line has become slow since');
      t.match(verdictOf(stdout, 'latency with call and line'), /worse$/);
      writeFileSync(previous, JSON.stringify(scaled(real, 500)));
      const better = await stage.typeLine(line);
      t.equal(better.exitCode, 0, 'no regression against devices that were so many times slower');
      t.match(verdictOf(better.stdout, 'latency with call and line'), /better$/);
    });
  },
  [analyze]: async (t, stage, line) => {
    await stage.withoutClients(async () => {
      const stdout = await succeed(t, stage, line);
      const [, bottleneck, why, parts = ''] = rowOf(stdout, 'prod-1.board');
      t.equal(bottleneck, 'serial line', 'the line that was made slow');
      t.match(why, /^\d+ % of the time/);
      t.ok(microseconds(/serial line ([^,]+)/.exec(parts)?.[1] ?? '') > slowLineUsMin, parts);
      t.equal(rowOf(stdout, 'prod-1')[1], 'HTTP', 'a gateway steps its network in microseconds');
    });
    for (const device of seenByOnlooker)
      t.match(stage.onlooker.measurementsOf(device).at(-1), { kind: 'detailed' }, `the packet to ${device}`);
  },
} satisfies Partial<Checks>;
