import type { IncomingMessage, ServerResponse } from 'node:http';
import { isLlnError, limits } from '@liquid-lln/protocol';
import { answerFormat, requestFormat } from '../../domain/content-type.js';
import type { AgentApi } from '../../ports/agent-api.js';
import type { BodyBudget, BodyShare } from './body-budget.js';
import { decodeBody, sendAnswer } from './body-format.js';
import { makeProblem, sendJson, sendProblem } from './problem.js';
import { readBody } from './read-body.js';

export interface RouteComponents {
  readonly agent: AgentApi;
  /** Text in Prometheus' exposition format. */
  readonly renderMetrics: () => Promise<{ readonly contentType: string; readonly text: string }>;
}

/** What the handlers of one server share. */
export interface RouteContext extends RouteComponents {
  readonly bodies: BodyBudget;
}

type Handler = (
  context: RouteContext,
  request: IncomingMessage,
  response: ServerResponse,
  query: URLSearchParams,
) => Promise<void>;

interface Route {
  readonly method: 'GET' | 'POST';
  readonly handle: Handler;
}

/** Method and handler by path. */
export const routes: ReadonlyMap<string, Route> = new Map<string, Route>([
  ['/inference', { method: 'POST', handle: postInference }],
  ['/health', { method: 'GET', handle: getHealth }],
  ['/model', { method: 'GET', handle: getModel }],
  ['/metrics', { method: 'GET', handle: getMetrics }],
]);

/** Until it is answered a request keeps its share: what its body says takes memory, too. */
async function postInference(
  { agent, bodies }: RouteContext,
  request: IncomingMessage,
  response: ServerResponse,
  query: URLSearchParams,
): Promise<void> {
  const share = bodies.open();
  try {
    const body = await takeBody(agent, request, share);
    sendAnswer(response, await agent.infer(body, deviceOf(query)), answerFormat(request.headers.accept));
  } finally {
    share.release();
  }
}

async function takeBody(agent: AgentApi, request: IncomingMessage, share: BodyShare): Promise<unknown> {
  try {
    const bytes = await readBody(request, limits.httpBodyBytesMax, share);
    return decodeBody(bytes, requestFormat(request.headers['content-type']));
  } catch (error) {
    if (isLlnError(error)) agent.onRejected();
    throw error;
  }
}

async function getHealth(
  { agent }: RouteComponents,
  _request: IncomingMessage,
  response: ServerResponse,
  query: URLSearchParams,
): Promise<void> {
  const device = deviceOf(query);
  const health = query.has('verbose') ? agent.health(device) : agent.summary(device);
  sendJson(response, health.status === 'serving' ? 200 : 503, health);
}

async function getModel(
  { agent }: RouteComponents,
  _request: IncomingMessage,
  response: ServerResponse,
  query: URLSearchParams,
): Promise<void> {
  const model = agent.model(deviceOf(query));
  if (model !== null) return sendJson(response, 200, model);
  sendProblem(response, makeProblem(503, 'no package is live on this device', 'NO_LIVE_PACKAGE', 'Deploy one.'));
}

/** `?device=`, where a request is for another device than the gateway's own engine. */
function deviceOf(query: URLSearchParams): string | null {
  return query.get('device');
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
