import type { IncomingMessage, ServerResponse } from 'node:http';
import { isLlnError, limits } from '@liquid-lln/protocol';
import { parseLenientJson } from '../../domain/inference-request.js';
import type { AgentApi } from '../../ports/agent-api.js';
import { makeProblem, sendJson, sendProblem } from './problem.js';
import { readBody } from './read-body.js';

export interface RouteComponents {
  readonly agent: AgentApi;
  /** Text in Prometheus' exposition format. */
  readonly renderMetrics: () => Promise<{ readonly contentType: string; readonly text: string }>;
}

type Handler = (
  components: RouteComponents,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
) => Promise<void>;

/** Method and handler by path. */
export const routes: Readonly<Record<string, { readonly method: 'GET' | 'POST'; readonly handle: Handler }>> = {
  '/inference': { method: 'POST', handle: postInference },
  '/health': { method: 'GET', handle: getHealth },
  '/model': { method: 'GET', handle: getModel },
  '/metrics': { method: 'GET', handle: getMetrics },
};

/** The body is JSON whatever its Content-Type says: a plain `curl -d` sends a form type. */
async function postInference(
  { agent }: RouteComponents,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  let body: unknown;
  try {
    body = parseLenientJson(await readBody(request, limits.httpBodyBytesMax));
  } catch (error) {
    if (isLlnError(error)) agent.onRejected();
    throw error;
  }
  sendJson(response, 200, await agent.infer(body, deviceOf(url)));
}

async function getHealth(
  { agent }: RouteComponents,
  _request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  const detail = agent.health(deviceOf(url));
  const { status, device, model, state, isolation, verdict, devices } = detail;
  const summary = { status, device, model, state, isolation, verdict, devices };
  sendJson(response, status === 'serving' ? 200 : 503, url.searchParams.has('verbose') ? detail : summary);
}

async function getModel(
  { agent }: RouteComponents,
  _request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  const model = agent.model(deviceOf(url));
  if (model !== null) return sendJson(response, 200, model);
  sendProblem(response, makeProblem(503, 'no package is live on this device', 'NO_LIVE_PACKAGE', 'Deploy one.'));
}

/** `?device=`, where a request is for another device than the gateway's own engine. */
function deviceOf(url: URL): string | null {
  return url.searchParams.get('device');
}

async function getMetrics(
  { renderMetrics }: RouteComponents,
  _request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { contentType, text } = await renderMetrics();
  response.writeHead(200, { 'content-type': contentType, 'content-length': Buffer.byteLength(text) });
  response.end(text);
}
