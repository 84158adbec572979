import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Child } from '../../fleet/child.js';
import { programs } from '../../fleet/project-paths.js';
import { waitFor } from '../../fleet/wait-until.js';
import type { Bench, BenchOutcome, BenchRequest, Figure } from '../bench.js';
import { AgentContestant } from '../http/contestants.js';
import { PacedClient } from '../http/paced-client.js';
import { medianOf } from '../measure/statistics.js';
import { renderRows } from '../report/rows.js';
import { diskBytes, readCpuSeconds, readMemory } from './process-figures.js';

const secondsDefault = 20;
const ratePerSecond = 100;
const starts = 5;
const startTimeoutMs = 20_000;
/** After a start memory and processor still have work that is not the idle agent's. */
const settleSeconds = 10;
/** Figures of a growing process are taken so often. */
const samplesUnderLoad = 4;

type Row = (name: string, metric: string, value: number, unit: string) => void;

/** What an agent costs a gateway: memory, processor, disk, and the time until it serves. */
export const agentBench: Bench = {
  name: 'agent',
  summary: 'memory, processor and disk of an agent, idle and under 100 requests a second; time until it serves',
  cases: ['start', 'idle', 'load'],
  run,
};

async function run({ cases, seconds, say }: BenchRequest): Promise<BenchOutcome> {
  const isWanted = (name: string) => cases.length === 0 || cases.includes(name);
  const folder = mkdtempSync(join(tmpdir(), 'lln-bench-'));
  const figures: Figure[] = [];
  const row: Row = (name, metric, value, unit) =>
    void figures.push({ case: name, metric, value: Number(value.toPrecision(3)), unit });
  const agent = await AgentContestant.start(folder);
  try {
    const gateway = agent.gatewayId;
    if (isWanted('start')) await measureStarts(agent, gateway, row);
    await agent.fleet.killAgent(gateway);
    await agent.fleet.restartAgent(gateway);
    await sleep(settleSeconds * 1_000);
    if (isWanted('idle')) await measureIdle(agent, seconds ?? secondsDefault, row);
    if (isWanted('load')) await measureLoad(agent, seconds ?? secondsDefault, row, say);
    return { figures, missing: [], text: renderRows(figures).join('\n') };
  } finally {
    await agent.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** From the start of the process to the line that says that it serves a package, with warm file caches. */
async function measureStarts({ fleet }: AgentContestant, gateway: string, row: Row): Promise<void> {
  await fleet.killAgent(gateway);
  const took: number[] = [];
  for (let start = 0; start < starts; start++) took.push(await timeStart(fleet.folder, gateway));
  row('start', 'ready', medianOf(took), 'ms');
  row('start', 'ready-max', Math.max(...took), 'ms');
}

async function timeStart(folder: string, gateway: string): Promise<number> {
  let readyMs: number | null = null;
  const startedMs = performance.now();
  const child = new Child({
    name: gateway,
    program: programs.agent,
    args: ['--config', join(folder, `${gateway}.json`)],
    logFile: join(folder, `${gateway}.log`),
    onLine: (line) => {
      if (line.includes('"msg":"ready"')) readyMs ??= performance.now();
    },
  });
  try {
    return await waitFor({ what: 'the agent is ready', timeoutMs: startTimeoutMs, everyMs: 20 }, () =>
      readyMs === null ? null : readyMs - startedMs,
    );
  } finally {
    await child.stop();
  }
}

async function measureIdle({ pid, fleet, gatewayId }: AgentContestant, seconds: number, row: Row): Promise<void> {
  const before = readCpuSeconds(pid);
  await sleep(seconds * 1_000);
  row('idle', 'processor', ((readCpuSeconds(pid) - before) / seconds) * 100, '%');
  const { rssMib, privateDirtyMib } = readMemory(pid);
  row('idle', 'rss', rssMib, 'MiB');
  row('idle', 'private-dirty', privateDirtyMib, 'MiB');
  row('idle', 'data-folder', diskBytes(join(fleet.folder, gatewayId)) / 1_024, 'KiB');
}

async function measureLoad(
  { url, pid }: AgentContestant,
  seconds: number,
  row: Row,
  say: (line: string) => void,
): Promise<void> {
  const client = new PacedClient(url, ratePerSecond);
  const before = readCpuSeconds(pid);
  const samples = [];
  for (let sample = 0; sample < samplesUnderLoad; sample++) {
    await sleep((seconds * 1_000) / samplesUnderLoad);
    samples.push(readMemory(pid));
    say(`... ${client.answers.length} requests answered`);
  }
  row('load', 'processor', ((readCpuSeconds(pid) - before) / seconds) * 100, '%');
  await client.stop();
  row('load', 'requests', client.answers.length, '1');
  row('load', 'requests-failed', client.failures.length, '1');
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined) throw new Error('nothing was sampled');
  row('load', 'rss', last.rssMib, 'MiB');
  row('load', 'private-dirty', last.privateDirtyMib, 'MiB');
  row('load', 'private-dirty-growth', last.privateDirtyMib - first.privateDirtyMib, 'MiB');
}
