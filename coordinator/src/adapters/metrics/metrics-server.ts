import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '@liquid-lln/protocol';
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { MetricFamily } from '../../domain/metrics/metric-family.js';
import type { Logger } from '../../ports/logger.js';

export interface MetricsServerComponents {
  readonly metrics: () => Promise<readonly MetricFamily[]>;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly logger: Logger;
}

/**
 * Who asks more often gets what was gathered last: of 10,000 devices it takes more than a second of a processor, and a
 * scraper must not cost what a rollout needs.
 */
const freshMs = 10_000;
const requestMsMax = 10_000;

/**
 * Answers `GET /metrics` in Prometheus' text format, and `GET /health` with 200 as long as this coordinator leads. It ends
 * with the process.
 * @returns its address
 * @throws Error if the port is taken
 */
export async function openMetrics(
  components: MetricsServerComponents,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<string> {
  const page = metricsPage(components);
  const server = createServer({ requestTimeout: requestMsMax, headersTimeout: requestMsMax }, (request, response) => {
    answer(request, response, page).catch((error: unknown) => {
      components.logger.error({ err: error }, 'metrics could not be gathered');
      response.destroy();
    });
  });
  server.listen(port, host);
  await once(server, 'listening');
  // Nobody has to wait for a scraper when the coordinator stops.
  server.unref();
  const { address, port: bound } = server.address() as AddressInfo;
  return `http://${address.includes(':') ? `[${address}]` : address}:${bound}`;
}

interface Page {
  readonly contentType: string;
  readonly text: string;
}

async function answer(request: IncomingMessage, response: ServerResponse, page: () => Promise<Page>): Promise<void> {
  const path = (request.url ?? '/').split('?')[0];
  if (request.method !== 'GET') return end(response, 405, 'only GET is answered here\n');
  if (path === '/health') return end(response, 200, 'leading\n');
  if (path !== '/metrics') return end(response, 404, 'there are /metrics and /health\n');
  const { contentType, text } = await page();
  end(response, 200, text, contentType);
}

function end(response: ServerResponse, status: number, text: string, contentType = 'text/plain; charset=utf-8'): void {
  response.writeHead(status, { 'content-type': contentType, 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

/** The page as it was a few seconds ago at most. */
function metricsPage({ metrics, clock }: MetricsServerComponents): () => Promise<Page> {
  const own = new Registry();
  collectDefaultMetrics({ register: own });
  let gatheredMs = Number.NEGATIVE_INFINITY;
  let page: Promise<Page> | null = null;
  return () => {
    const nowMs = clock.monotonicMs();
    if (page === null || nowMs - gatheredMs > freshMs) {
      gatheredMs = nowMs;
      page = metrics().then((families) => render(own, families));
    }
    return page;
  };
}

async function render(own: Registry, families: readonly MetricFamily[]): Promise<Page> {
  const registry = new Registry();
  for (const { name, help, type, labels, samples } of families) {
    const config = { name, help, labelNames: [...labels], registers: [registry] };
    const metric = type === 'gauge' ? new Gauge(config) : new Counter(config);
    for (const sample of samples) metric.inc({ ...sample.labels }, sample.value);
  }
  return { contentType: own.contentType, text: `${await registry.metrics()}\n${await own.metrics()}` };
}
