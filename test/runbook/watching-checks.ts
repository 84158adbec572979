import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import * as v from 'valibot';
import { projectRoot } from '../support/shared.js';
import { type Checks, rowOf } from './check.js';
import { commandLines, runnableLine } from './command-lines.js';
import { stepOnce } from './own-kernel.js';
import type { Stage } from './stage.js';

const [monitorKey, infer] = [commandLines[9], commandLines[11]];
const [health, monitorSystem] = [commandLines[16], commandLines[17]];
const [storage, follow, memory] = [commandLines[23], commandLines[25], commandLines[26]];

const breachesAnswer = v.object({ breaches: v.array(v.unknown()) });
const inferenceAnswer = v.object({
  output: v.array(v.number()),
  model: v.object({ digest: v.string() }),
  device: v.string(),
  latencyUs: v.number(),
});

/** Whether a limit fires on any of these devices, as they say over HTTP. */
async function isAnythingFiring(stage: Stage, deviceIds: readonly string[]): Promise<boolean> {
  const answers = await Promise.all(deviceIds.map((id) => stage.get(id, '/health?verbose', breachesAnswer)));
  return answers.some(({ breaches }) => breaches.length > 0);
}

/** What is shown: compared with what the devices, the kernel of Linux and the disks say. */
export const watchingChecks = {
  [monitorKey]: async (t, stage, line) => {
    const devices = stage.devicesIn('production');
    const serving = await stage.serving(devices);
    const { exitCode, stdout } = await stage.typeLine(line);
    const isFiring = await isAnythingFiring(stage, devices);
    t.equal(exitCode, isFiring ? 1 : 0, stdout);
    const cohorts = new Map(
      stdout.split(/^(?=occupancy@)/m).map((block) => [/^occupancy@(\S+),/.exec(block)?.[1] ?? '', block] as const),
    );
    for (const [device, what] of Object.entries(serving)) {
      const cohort = cohorts.get(what.split(' ')[0] ?? '') ?? '';
      t.ok(Number(rowOf(cohort, device)[1]) > 0, `${device} is shown with its requests in the cohort of ${what}`);
    }
  },
  [infer]: async (t, stage, line) => {
    const { exitCode, stdout } = await stage.typeLine(line);
    t.equal(exitCode, 0);
    const answer = v.parse(inferenceAnswer, JSON.parse(stdout));
    t.same(answer.output, stepOnce(stage.file('next'), [1, 2, 3, 4]), 'the bits that the kernel computes here');
    t.same([answer.device, answer.model.digest], ['prod-1', stage.digest('next')]);
    t.ok(answer.latencyUs > 0);
  },
  [health]: async (t, stage, line) => {
    const { exitCode, stdout } = await stage.typeLine(line);
    const devices = stage.devicesIn('production');
    const isFiring = await isAnythingFiring(stage, devices);
    t.equal(exitCode, isFiring ? 1 : 0, stdout);
    await stage.isolate('prod-2', true, 'health must not be a formality');
    const sick = await stage.typeLine(line);
    t.equal(sick.exitCode, 1);
    t.match(rowOf(sick.stdout, 'prod-2').join(' '), /isolated by operator/);
    await stage.isolate('prod-2', false, 'seen');
  },
  [monitorSystem]: async (t, stage, line) => {
    const { exitCode, stdout } = await stage.typeLine(line);
    const devices = stage.devicesIn('production');
    t.equal(exitCode, (await isAnythingFiring(stage, devices)) ? 1 : 0, stdout);
    const totalKib = Number(/MemTotal: +(\d+)/.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1]);
    const [, , , , of = '', , , temperature] = rowOf(stdout, 'prod-1');
    t.ok(Number.parseFloat(of) <= totalKib / 1024 ** 2 + 0.1 && Number.parseFloat(of) > 0, `memory of ${of}`);
    t.match(temperature, /^41 C/);
  },
  [storage]: async (t, stage, line) => {
    const { exitCode, stdout } = await stage.typeLine(line);
    t.equal(exitCode, 0);
    const bytes = stage.slotFile('prod-1', 'blue')?.length ?? 0;
    t.equal(rowOf(stdout, 'prod-1')[4], `${(bytes / 1024).toFixed(1)} KiB`, 'as large as the file in the slot');
    t.ok(rowOf(stdout, 'prod-1.board').length > 0);
  },
  [follow]: async (t, stage, line) => {
    const env = {
      ...process.env,
      PATH: [join(projectRoot, 'node_modules/.bin'), process.env['PATH'] ?? ''].join(delimiter),
      LLN_CONFIG: stage.fleet.operatorFile,
    };
    const command = `exec ${runnableLine(line, stage.deviceAddress)}`;
    const child = spawn('sh', ['-c', command], {
      cwd: stage.folder,
      env,
      timeout: 60_000,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const seen: string[] = [];
    const until = async (pattern: RegExp) => {
      while (!pattern.test(seen.join(''))) await once(child.stdout, 'data', { signal: AbortSignal.timeout(20_000) });
    };
    child.stdout.on('data', (data: Buffer) => seen.push(data.toString()));
    await until(/1\.3\.1|confirmed|deploy/);
    const before = seen.length;
    await stage.isolate('prod-1', true, 'a line to be seen');
    await until(/a line to be seen/);
    t.ok(seen.length > before, 'a line that came while it was followed');
    const ended = once(child, 'exit');
    child.kill('SIGINT');
    t.match(await ended, [130]);
    stage.typed.push({ line, exitCode: 130, stdout: seen.join(''), stderr: '' });
    await stage.isolate('prod-1', false, 'seen');
  },
  [memory]: async (t, stage, line) => {
    const { exitCode, stdout } = await stage.typeLine(line);
    t.equal(exitCode, 0);
    const pid = stage.fleet.agents.find(({ gatewayId }) => gatewayId === 'prod-1')?.process.pid;
    const rssMib = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
    const shownMib = rowOf(stdout, 'prod-1').map((cell) => (cell.endsWith(' MiB') ? Number.parseFloat(cell) : 0));
    const isNear = (mib: number) => Math.abs(mib - rssMib) < rssMib / 2;
    t.ok(shownMib.some(isNear), `one of ${rowOf(stdout, 'prod-1').join(', ')} is the agent's ${rssMib.toFixed(0)} MiB`);
  },
} satisfies Partial<Checks>;
