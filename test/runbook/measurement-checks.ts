import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BaselineFile, baselineFileSchema, parseWith, type Suite } from '@liquid-lln/protocol';
import type { Test } from 'tap';
import * as v from 'valibot';
import { type Checks, each, rowOf } from './check.js';
import { commandLines } from './command-lines.js';
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

const verificationsAnswer = v.object({
  verifications: v.array(
    v.object({
      deviceId: v.string(),
      isPassed: v.boolean(),
      atMs: v.number(),
      package: v.object({ version: v.string() }),
    }),
  ),
});
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
  const last = ['verify', '--target', kept.target, '--test-suite', kept.suite, '--last'];
  const { verifications } = await stage.fleet.ask(verificationsAnswer, ...last);
  t.same(
    verifications
      .filter(({ atMs }) => atMs >= beganMs)
      .map(({ deviceId, isPassed, package: of }) => [deviceId, of.version, isPassed]),
    [...kept.devices].sort().map((deviceId) => [deviceId, kept.version, true]),
    'kept by the coordinator',
  );
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
    const before = await inferences();
    const { exitCode, stdout } = await stage.typeLine(line);
    if (!t.equal(exitCode, 0, line)) t.comment(stdout);
    t.ok((await inferences()) > before, 'the board computed');
    const last = ['verify', '--target', 'stm32h743', '--test-suite', 'integration', '--last'];
    const { verifications } = await stage.fleet.ask(verificationsAnswer, ...last);
    t.match(verifications, [
      { deviceId: 'prod-1.board', package: { version: '1.2.3' }, isPassed: true },
      { deviceId: 'stage-1.board', package: { version: '1.3.0' }, isPassed: true },
    ]);
  },
  [verifyGreen]: async (t, stage, line) => {
    const devices = stage.devicesIn('production');
    await verify(t, stage, line, { target: 'production-green', suite: 'production', devices, version: '1.3.0' });
    t.same(await stage.serving(devices), each(devices, '1.2.3 blue confirmed'), 'blue goes on serving');
    t.same(stage.traffic.failures, []);
  },
  [testEndToEnd]: async (t, stage, line) => {
    const devices = stage.devicesIn('production');
    const { exitCode, stdout } = await stage.typeLine(line);
    if (!t.equal(exitCode, 0, line)) t.comment(stdout);
    t.same(
      devices.filter((device) => !stdout.includes(device)),
      [],
      'every device was tried',
    );
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
    const { exitCode, stdout } = await stage.typeLine(line);
    if (!t.equal(exitCode, 0, line)) t.comment(stdout);
    for (const device of stage.devicesIn('production'))
      t.equal(rowOf(stdout, device)[2], '1000', `samples of ${device}`);
    t.equal(rowOf(stdout, 'all')[1], '4000');
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
  [profileDetailed]: async (t, stage, line) => {
    const { exitCode, stdout } = await stage.typeLine(line);
    if (!t.equal(exitCode, 0, line)) t.comment(stdout);
    for (const part of [/ FFI call /, / serial line /, / HTTP /, / kernel /]) t.match(stdout, part);
  },
  [compare]: async (t, stage, line) => {
    const previous = join(stage.folder, 'previous_baseline.json');
    await stage.prepare(
      `liquid-lln benchmark --target ${stage.deviceAddress} --duration 5 --output previous_baseline.json`,
    );
    const real = readBaseline(previous);
    writeFileSync(previous, JSON.stringify(scaled(real, 50)));
    const better = await stage.typeLine(line);
    t.equal(better.exitCode, 0, 'no regression against a device that was fifty times slower');
    t.match(better.stdout, /better/);
    writeFileSync(previous, JSON.stringify(scaled(real, 0.02)));
    const { exitCode, stdout } = await stage.typeLine(line);
    t.equal(exitCode, 1, 'a regression against one that was fifty times faster');
    t.match(stdout, /worse/);
  },
  [analyze]: async (t, stage, line) => {
    const { exitCode, stdout } = await stage.typeLine(line);
    if (!t.equal(exitCode, 0, line)) t.comment(stdout);
    t.match(rowOf(stdout, 'prod-1')[1], /HTTP|FFI call|kernel|agent/);
    t.match(rowOf(stdout, 'prod-1.board')[1], /HTTP|serial line|kernel/);
  },
} satisfies Partial<Checks>;
