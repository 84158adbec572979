import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LlnError, toErrorReport } from '@liquid-lln/protocol';
import type { Logger } from '../../ports/logger.js';
import { BodyBudget } from './body-budget.js';
import { defaultHttpLimits, type HttpLimits } from './http-limits.js';
import { makeProblem, type Problem, problemOf, sendProblem, startProblem } from './problem.js';
import { type RouteComponents, type RouteContext, routes } from './routes.js';

export interface HttpServerComponents extends RouteComponents {
  readonly logger: Logger;
  /** Hears of every answer. */
  onAnswer(path: string, status: number): void;
}

const keepAliveTimeoutMs = 65_000;
const drainTimeoutMs = 5_000;
/** A client whose body was refused may go on sending for so long. */
const lingerMs = 2_000;

/** Serves the agent's clients. */
export class HttpServer {
  readonly #components: HttpServerComponents;
  readonly #context: RouteContext;
  readonly #server: Server;
  /** Answers that have not begun. */
  readonly #inWork = new Set<ServerResponse>();
  #isStopping = false;

  constructor(components: HttpServerComponents, limits: HttpLimits = defaultHttpLimits) {
    this.#components = components;
    this.#context = { ...components, bodies: new BodyBudget(limits.bodiesBytesMax) };
    this.#server = createServer({
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      connectionsCheckingInterval: limits.checkPeriodMs,
      keepAliveTimeout: keepAliveTimeoutMs,
    });
    this.#server.maxConnections = limits.connectionsMax;
    this.#server.on('request', (request, response) => void this.#answer(request, response));
  }

  /** @returns the port. @throws LlnError CONFIG_INVALID if the address cannot be had. */
  listen(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', (cause) => {
        reject(new LlnError('CONFIG_INVALID', `cannot listen on ${host}:${port}: ${cause.message}`, {}, cause));
      });
      this.#server.listen(port, host, () => resolve((this.#server.address() as AddressInfo).port));
    });
  }

  /** Takes no new connections, lets the requests in work end, each with its connection, and closes. */
  stop(): Promise<void> {
    this.#isStopping = true;
    for (const response of this.#inWork) response.shouldKeepAlive = false;
    return new Promise((resolve) => {
      const force = setTimeout(() => this.#server.closeAllConnections(), drainTimeoutMs);
      this.#server.close(() => {
        clearTimeout(force);
        resolve();
      });
      this.#server.closeIdleConnections();
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const target = targetOf(request);
    this.#begin(response);
    try {
      await this.#route(request, response, target);
    } catch (error) {
      this.#refuse(request, response, error);
    }
    this.#inWork.delete(response);
    this.#components.onAnswer(target !== null && routes.has(target.path) ? target.path : 'other', response.statusCode);
  }

  #begin(response: ServerResponse): void {
    // A connection that were kept would have nobody who closes it.
    if (this.#isStopping) response.shouldKeepAlive = false;
    this.#inWork.add(response);
  }

  async #route(request: IncomingMessage, response: ServerResponse, target: Target | null): Promise<void> {
    const route = target === null ? undefined : routes.get(target.path);
    if (target === null || route === undefined) {
      request.resume();
      return sendProblem(response, makeProblem(404, `there is no ${target?.path ?? 'such address'} here`, 'USAGE'));
    }
    if (request.method !== route.method) {
      request.resume();
      const detail = `${target.path} takes ${route.method}`;
      return sendProblem(response, makeProblem(405, detail, 'USAGE'), { allow: route.method });
    }
    await route.handle(this.#context, request, response, target.query);
  }

  #refuse(request: IncomingMessage, response: ServerResponse, error: unknown): void {
    const problem = problemOf(error);
    if (problem.status === 500) this.#components.logger.warn('a request failed', { error: toErrorReport(error) });
    if (response.headersSent || response.destroyed) return void response.destroy();
    if (request.complete) sendProblem(response, problem);
    else refuseUnread(request, response, problem);
  }
}

/**
 * Ends the connection with the answer. Ending it at once would throw the answer away, since a client that still sends
 * would only see a reset: what it sends is dropped for a while.
 */
function refuseUnread(request: IncomingMessage, response: ServerResponse, problem: Problem): void {
  const impatience = setTimeout(() => request.destroy(), lingerMs);
  response.once('close', () => clearTimeout(impatience));
  request.once('end', () => response.end());
  request.resume();
  startProblem(response, problem, { connection: 'close' });
}

interface Target {
  readonly path: string;
  readonly query: URLSearchParams;
}

const noQuery = new URLSearchParams();

/** Where a request goes, or null if that is no address at all. */
function targetOf({ url = '/' }: IncomingMessage): Target | null {
  if (routes.has(url)) return { path: url, query: noQuery }; // nearly all of them, and nothing there to take apart
  const base = 'http://agent';
  if (!URL.canParse(url, base)) return null;
  const { pathname, searchParams } = new URL(url, base);
  return { path: pathname, query: searchParams };
}
