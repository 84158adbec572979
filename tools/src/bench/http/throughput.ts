import { readCpuSeconds } from '../agent/process-figures.js';
import type { Figure } from '../bench.js';
import { medianOf, quantileOf, ratiosOf } from '../measure/statistics.js';
import type { Contestant } from './contestants.js';
import { type Autocannon, type Load, type LoadResult, putUnderLoad } from './load.js';

/** Odd, so that the median is a round that was. */
const rounds = 5;
const connections = 16;
const secondsDefault = 4;
const quantiles = { p50: 0.5, p99: 0.99, 'p99.9': 0.999 } as const;

/** What a server did under load, and what it took of a processor for each answer: that depends little on who else is busy. */
interface Measured extends LoadResult {
  readonly processorUs: number;
}

async function measure({ url, pid }: Contestant, autocannon: Autocannon, load: Load): Promise<Measured> {
  const before = readCpuSeconds(pid);
  const result = await putUnderLoad(autocannon, url, load);
  return { ...result, processorUs: ((readCpuSeconds(pid) - before) * 1e6) / result.latenciesMs.length };
}

/** Loads every server in turn (A B C A B C …): what slows the machine down meets them all alike. */
export async function measureThroughput(
  contestants: readonly Contestant[],
  autocannon: Autocannon,
  seconds: number | null,
): Promise<Figure[]> {
  const load = { connections, seconds: seconds ?? secondsDefault };
  const results = new Map(contestants.map(({ name }): [string, Measured[]] => [name, []]));
  for (const { url } of contestants) await putUnderLoad(autocannon, url, load); // until compilers have settled
  for (let round = 0; round < rounds; round++) {
    for (const contestant of contestants)
      results.get(contestant.name)?.push(await measure(contestant, autocannon, load));
  }
  return figuresOf(results);
}

function figuresOf(results: ReadonlyMap<string, readonly Measured[]>): Figure[] {
  const own = [...results].flatMap(([name, measured]) => contestantFigures(name, measured));
  const ratio = (peer: string, metric: string, of: (measured: Measured) => number): Figure => {
    const [ours, theirs] = ['agent', peer].map((name) => (results.get(name) ?? []).map(of));
    return {
      case: 'agent',
      metric: `${metric}-to-${peer}`,
      value: round(medianOf(ratiosOf(ours ?? [], theirs ?? []))),
      unit: 'x',
    };
  };
  const peers = [...results.keys()].filter((name) => name !== 'agent');
  return [
    ...own,
    ...peers.map((peer) => ratio(peer, 'throughput', ({ requestsPerSecond }) => requestsPerSecond)),
    ...peers.map((peer) => ratio(peer, 'processor', ({ processorUs }) => processorUs)),
  ];
}

function contestantFigures(name: string, measured: readonly Measured[]): Figure[] {
  const rate = medianOf(measured.map(({ requestsPerSecond }) => requestsPerSecond));
  const processorUs = medianOf(measured.map((one) => one.processorUs));
  const latencies = Object.entries(quantiles).map(([metric, q]) => ({
    case: name,
    metric,
    value: round(medianOf(measured.map(({ latenciesMs }) => quantileOf(latenciesMs, q)))),
    unit: 'ms',
  }));
  return [
    { case: name, metric: 'requests-per-second', value: Math.round(rate), unit: '1/s' },
    { case: name, metric: 'processor-per-request', value: round(processorUs), unit: 'us' },
    ...latencies,
  ];
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}
