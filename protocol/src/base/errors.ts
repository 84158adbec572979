import { type ErrorCode, errorRegistry, type Fault } from './error-codes.js';

/** Facts about a failure that help its reader: plain values only, they travel in CBOR and JSON. */
export type ErrorContext = Readonly<Record<string, string | number | boolean | null>>;

/** The plain-data form of an error, as replies, events and `--json` output carry it. */
export interface ErrorReport {
  readonly code: ErrorCode;
  readonly message: string;
  readonly remedy: string;
  readonly context: ErrorContext;
}

/**
 * An error that a caller may act upon. `code` is stable, `fault` tells whose turn it is, `remedy` tells an
 * operator what to do next; both come from the registry, so that one code never gives two pieces of advice.
 */
export class LlnError extends Error {
  readonly code: ErrorCode;
  readonly fault: Fault;
  readonly remedy: string;
  readonly context: ErrorContext;

  constructor(code: ErrorCode, message: string, context: ErrorContext = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'LlnError';
    this.code = code;
    this.fault = errorRegistry[code].fault;
    this.remedy = errorRegistry[code].remedy;
    this.context = context;
  }

  toReport(): ErrorReport {
    return { code: this.code, message: this.message, remedy: this.remedy, context: this.context };
  }
}

/** Whether `value` is an `LlnError`, and of the code named if one is. */
export function isLlnError(value: unknown, code?: ErrorCode): value is LlnError {
  return value instanceof LlnError && (code === undefined || value.code === code);
}

/** The report of whatever was thrown: unexpected throws become `INTERNAL`, with their message kept. */
export function toErrorReport(thrown: unknown): ErrorReport {
  if (thrown instanceof LlnError) return thrown.toReport();
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new LlnError('INTERNAL', message).toReport();
}
