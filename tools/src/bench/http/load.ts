import type { Peers } from '../peers/install.js';
import { requestBody } from './example.js';

/** What a server did under load. */
export interface LoadResult {
  readonly requestsPerSecond: number;
  /** Of every answer, ascending. */
  readonly latenciesMs: Float64Array;
}

export interface Load {
  readonly connections: number;
  readonly seconds: number;
}

/** What we call of autocannon. */
interface Cannon extends PromiseLike<CannonResult> {
  on(event: 'response', hear: (client: unknown, status: number, bytes: number, tookMs: number) => void): void;
}

interface CannonResult {
  readonly duration: number;
  readonly errors: number;
  readonly timeouts: number;
  readonly non2xx: number;
}

export type Autocannon = (options: object) => Cannon;

/** autocannon gives its function as the module. */
export function loadAutocannon(peers: Peers): Autocannon {
  return peers.load('autocannon', ['track']) as Autocannon;
}

/**
 * Asks `POST /inference` on every connection again as soon as it was answered. Times are kept one by one, since
 * autocannon's own histogram counts whole milliseconds.
 * @throws Error if a single request was not answered with 2xx
 */
export async function putUnderLoad(autocannon: Autocannon, url: string, load: Load): Promise<LoadResult> {
  const headers = { 'content-type': 'application/json' };
  const { connections, seconds: duration } = load;
  const cannon = autocannon({
    url: `${url}/inference`,
    method: 'POST',
    body: requestBody,
    headers,
    connections,
    duration,
  });
  const times: number[] = [];
  cannon.on('response', (_client, _status, _bytes, tookMs) => times.push(tookMs));
  const { errors, timeouts, non2xx, duration: tookSeconds } = await cannon;
  if (errors + timeouts + non2xx > 0)
    throw new Error(`${url}: ${errors} errors, ${timeouts} timeouts, ${non2xx} refused`);
  return { requestsPerSecond: times.length / tookSeconds, latenciesMs: Float64Array.from(times).sort() };
}
