import * as v from 'valibot';
import type { ErrorCode } from './error-codes.js';
import { LlnError } from './errors.js';

/**
 * Checks untrusted data against a schema.
 *
 * @param what names the data in the error ("wave document", "agent configuration").
 * @throws LlnError with `code`, naming the path of the first three faults.
 */
export function parseWith<const S extends v.GenericSchema>(
  schema: S,
  data: unknown,
  what: string,
  code: ErrorCode = 'MESSAGE_INVALID',
): v.InferOutput<S> {
  const result = v.safeParse(schema, data);
  if (result.success) return result.output;
  const faults = result.issues.slice(0, 3).map((issue) => {
    const path = v.getDotPath(issue);
    return path === null ? issue.message : `${path}: ${issue.message}`;
  });
  throw new LlnError(code, `${what} is invalid: ${faults.join('; ')}`, { what });
}

/** A finite number; NaN and infinities are refused. */
export const finite = v.pipe(v.number(), v.finite());
/** A finite number of zero or more. */
export const nonNegative = v.pipe(finite, v.minValue(0));
/** A share, from 0 to 1. */
export const ratio = v.pipe(nonNegative, v.maxValue(1));
/** A safe integer of zero or more. */
export const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
/** A safe integer of one or more. */
export const positiveCount = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
/** Text of up to `maxLength` characters. */
export function text(maxLength: number) {
  return v.pipe(v.string(), v.maxLength(maxLength));
}
/** Bytes; cbor-x gives `Buffer`s, which are `Uint8Array`s. */
export const bytes = v.custom<Uint8Array>((value) => value instanceof Uint8Array, 'must be bytes');
/** Milliseconds since 1970 by the sender's wall clock: for people and ordering hints, never for decisions. */
export const wallClockMs = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

/** Whether `value` satisfies `schema`; narrows to the schema's output, brands included. */
export function satisfies<const S extends v.GenericSchema>(schema: S, value: unknown): value is v.InferOutput<S> {
  return v.is(schema, value);
}
