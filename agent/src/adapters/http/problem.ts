import type { ServerResponse } from 'node:http';
import { type ErrorCode, type ErrorReport, toErrorReport } from '@liquid-lln/protocol';

/** RFC 9457 problem details. */
export interface Problem {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly code: string;
  readonly remedy: string;
}

/** The HTTP status of the errors that a client can meet; all others are 500. */
const statusByCode: Partial<Record<ErrorCode, number>> = {
  INPUT_INVALID: 400,
  MESSAGE_TOO_LARGE: 413,
  ENGINE_OVERLOADED: 429,
  NO_LIVE_PACKAGE: 503,
  DEVICE_ISOLATED: 503,
  BOARD_UNREACHABLE: 503,
  TIMED_OUT: 408,
};

const titleByStatus: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  413: 'Content Too Large',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

/** What people end when they see fit: nobody can say when to come back. */
const openEndedCodes: ReadonlySet<string> = new Set<ErrorCode>(['DEVICE_ISOLATED']);

/** Seconds after which a client may try again. */
const retryAfterByStatus: Readonly<Record<number, number>> = { 429: 1, 503: 5 };

export function problemOf(thrown: unknown): Problem {
  const report: ErrorReport = toErrorReport(thrown);
  return makeProblem(statusByCode[report.code] ?? 500, report.message, report.code, report.remedy);
}

export function makeProblem(status: number, detail: string, code: string, remedy = ''): Problem {
  return { status, title: titleByStatus[status] ?? 'Error', detail, code, remedy };
}

export function sendProblem(response: ServerResponse, problem: Problem, headers: Record<string, string> = {}): void {
  startProblem(response, problem, headers);
  response.end();
}

/** Sends the whole answer, but leaves it to the caller to end it, and with it perhaps the connection. */
export function startProblem(response: ServerResponse, problem: Problem, headers: Record<string, string>): void {
  const retryAfter = openEndedCodes.has(problem.code) ? undefined : retryAfterByStatus[problem.status];
  const extra = retryAfter === undefined ? headers : { ...headers, 'retry-after': String(retryAfter) };
  write(response, problem.status, { type: 'about:blank', ...problem }, 'application/problem+json', extra);
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  write(response, status, body, 'application/json', {});
  response.end();
}

function write(
  response: ServerResponse,
  status: number,
  body: unknown,
  contentType: string,
  headers: Record<string, string>,
): void {
  const text = JSON.stringify(body);
  response.writeHead(status, { 'content-type': contentType, 'content-length': Buffer.byteLength(text), ...headers });
  response.write(text);
}
