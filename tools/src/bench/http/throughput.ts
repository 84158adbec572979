import type { Figure } from '../bench.js';
import { medianOf, quantileOf, ratiosOf } from '../measure/statistics.js';
import type { Contestant } from './contestants.js';
import { type Autocannon, type LoadResult, putUnderLoad } from './load.js';

/** Odd, so that the median is a round that was. */
const rounds = 5;
const connections = 16;
const secondsDefault = 4;
const quantiles = { p50: 0.5, p99: 0.99, 'p99.9': 0.999 } as const;

/** Loads every server in turn (A B C A B C …): what slows the machine down meets them all alike. */
export async function measureThroughput(
  contestants: readonly Contestant[],
  autocannon: Autocannon,
  seconds: number | null,
): Promise<Figure[]> {
  const load = { connections, seconds: seconds ?? secondsDefault };
  const results = new Map(contestants.map(({ name }): [string, LoadResult[]] => [name, []]));
  for (const { url } of contestants) await putUnderLoad(autocannon, url, load); // until compilers have settled
  for (let round = 0; round < rounds; round++) {
    for (const { name, url } of contestants) results.get(name)?.push(await putUnderLoad(autocannon, url, load));
  }
  return figuresOf(results);
}

function figuresOf(results: ReadonlyMap<string, readonly LoadResult[]>): Figure[] {
  const rates = (name: string) => (results.get(name) ?? []).map(({ requestsPerSecond }) => requestsPerSecond);
  const own = [...results].flatMap(([name, measured]) => contestantFigures(name, measured));
  const ratio = (peer: string): Figure => ({
    case: 'agent',
    metric: `throughput-to-${peer}`,
    value: round(medianOf(ratiosOf(rates('agent'), rates(peer)))),
    unit: 'x',
  });
  return [...own, ...[...results.keys()].filter((name) => name !== 'agent').map(ratio)];
}

function contestantFigures(name: string, measured: readonly LoadResult[]): Figure[] {
  const rate = medianOf(measured.map(({ requestsPerSecond }) => requestsPerSecond));
  const latencies = Object.entries(quantiles).map(([metric, q]) => ({
    case: name,
    metric,
    value: round(medianOf(measured.map(({ latenciesMs }) => quantileOf(latenciesMs, q)))),
    unit: 'ms',
  }));
  return [{ case: name, metric: 'requests-per-second', value: Math.round(rate), unit: '1/s' }, ...latencies];
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}
