import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type MemoryFigures, readCpuSeconds, readMemory } from '../agent/process-figures.js';
import type { Bench, BenchOutcome, BenchRequest, Figure } from '../bench.js';
import { AgentContestant, benchPackages } from '../http/contestants.js';
import { PacedClient } from '../http/paced-client.js';
import { quantileOf, slopeOf } from '../measure/statistics.js';
import { renderRows } from '../report/rows.js';

const secondsDefault = 1_800;
const ratePerSecond = 100;
const swapEverySeconds = 60;

/** The agent's memory after a swap. */
interface Sample extends MemoryFigures {
  readonly atMinutes: number;
}

/** An agent under a steady load for half an hour, with another package every minute: does it fail, or grow? */
export const soakBench: Bench = {
  name: 'soak',
  summary: 'an agent under 100 requests a second with a swap every minute, for half an hour: failures and growth',
  cases: ['soak'],
  run,
};

async function run({ seconds, say }: BenchRequest): Promise<BenchOutcome> {
  if (seconds !== null && seconds < 2 * swapEverySeconds) throw new Error('a soak takes two minutes at least');
  const folder = mkdtempSync(join(tmpdir(), 'lln-bench-'));
  const agent = await AgentContestant.start(folder);
  try {
    const figures = await soak(agent, seconds ?? secondsDefault, say);
    return { figures, missing: [], text: renderRows(figures).join('\n') };
  } finally {
    await agent.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function soak(agent: AgentContestant, seconds: number, say: (line: string) => void): Promise<Figure[]> {
  const { pid } = agent;
  const client = new PacedClient(agent.url, ratePerSecond);
  const startedMs = performance.now();
  const elapsedSeconds = () => (performance.now() - startedMs) / 1_000;
  const cpuBefore = readCpuSeconds(pid);
  const samples: Sample[] = [];
  try {
    for (let swap = 0; elapsedSeconds() < seconds; swap++) {
      const next = benchPackages[swap % benchPackages.length];
      if (next !== undefined) await agent.deploy(next);
      await sleep(Math.max(0, Math.min(seconds, (swap + 1) * swapEverySeconds) - elapsedSeconds()) * 1_000);
      samples.push({ atMinutes: elapsedSeconds() / 60, ...readMemory(pid) });
      say(
        `... ${swap + 1} swaps, ${client.answers.length} requests, ${samples.at(-1)?.privateDirtyMib.toFixed(1)} MiB`,
      );
    }
  } finally {
    await client.stop();
  }
  const took = Float64Array.from(client.answers.map(({ tookMs }) => tookMs)).sort();
  const row = (metric: string, value: number, unit: string) => ({ case: 'soak', metric, value: round(value), unit });
  return [
    row('minutes', elapsedSeconds() / 60, 'min'),
    row('swaps', samples.length, '1'),
    row('requests', client.answers.length, '1'),
    row('requests-failed', client.failures.length, '1'),
    row('p50', quantileOf(took, 0.5), 'ms'),
    row('p99', quantileOf(took, 0.99), 'ms'),
    row('longest', quantileOf(took, 1), 'ms'),
    row('processor', ((readCpuSeconds(pid) - cpuBefore) / elapsedSeconds()) * 100, '%'),
    ...memoryRows(samples, row),
  ];
}

/** What a process needs at first is no growth: the second half of the samples tells. */
function memoryRows(
  samples: readonly Sample[],
  row: (metric: string, value: number, unit: string) => Figure,
): Figure[] {
  const late = samples.slice(Math.min(Math.floor(samples.length / 2), samples.length - 2));
  const slope = slopeOf(late.map(({ atMinutes, privateDirtyMib }) => [atMinutes, privateDirtyMib]));
  return [
    row('private-dirty-first', samples[0]?.privateDirtyMib ?? Number.NaN, 'MiB'),
    row('private-dirty-last', samples.at(-1)?.privateDirtyMib ?? Number.NaN, 'MiB'),
    row('private-dirty-growth-late', slope * 60, 'MiB/h'),
    row('rss-last', samples.at(-1)?.rssMib ?? Number.NaN, 'MiB'),
  ];
}

function round(value: number): number {
  return Number(value.toPrecision(6));
}
