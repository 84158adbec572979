import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bench, BenchOutcome, BenchRequest, Figure } from '../bench.js';
import { Peers } from '../peers/install.js';
import { renderRows } from '../report/rows.js';
import { AgentContestant, askOnce, type Contestant, startServer } from './contestants.js';
import { loadAutocannon } from './load.js';
import { measureSwaps } from './swaps.js';
import { measureThroughput } from './throughput.js';

const throughput = 'throughput';
const swaps = 'swaps';
/** Of the size of an output: what different orders of summing may make of it. */
const toleranceRelative = 1e-4;

/** `POST /inference` of the agent, beside a server that does nothing and one that does the same. */
export const httpBench: Bench = {
  name: 'http',
  summary:
    'requests a second and their times, beside a bare server, the least one and one with onnxruntime; and during swaps',
  cases: [throughput, swaps],
  run,
};

async function run({ cases, seconds, say }: BenchRequest): Promise<BenchOutcome> {
  const peers = await Peers.install(['autocannon', 'fastify', 'onnxruntime-node'], say);
  const isWanted = (name: string) => cases.length === 0 || cases.includes(name);
  const folder = mkdtempSync(join(tmpdir(), 'lln-bench-'));
  const started: Contestant[] = [];
  try {
    const agent = await AgentContestant.start(folder);
    started.push(agent);
    const figures: Figure[] = [];
    if (isWanted(throughput)) {
      const { text, output } = await askOnce(agent);
      started.push(await startServer('bare', 'bareServer', folder, [text]));
      for (const [name, program] of [
        ['plain', 'plainServer'],
        ['onnxruntime', 'onnxServer'],
      ] as const) {
        const server = await startServer(name, program, folder, [text]);
        started.push(server);
        requireAlike(output, server.name, (await askOnce(server)).output);
      }
      figures.push(...(await measureThroughput(started, loadAutocannon(peers), seconds)));
    }
    if (isWanted(swaps)) figures.push(...(await measureSwaps(agent, say)));
    return { figures, missing: [], text: [peers.versions(), ...renderRows(figures)].join('\n') };
  } finally {
    await Promise.all(started.map((contestant) => contestant.stop()));
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @throws Error if a server does not compute the same */
function requireAlike(own: readonly number[], name: string, other: readonly number[]): void {
  const size = Math.max(...own.map(Math.abs));
  const isAlike =
    own.length === other.length &&
    own.every((value, i) => Math.abs(value - (other[i] ?? Number.NaN)) <= toleranceRelative * size);
  if (!isAlike) throw new Error(`the agent answers ${own.join(', ')}, ${name} ${other.join(', ')}`);
}
