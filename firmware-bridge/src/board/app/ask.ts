import { parseWith } from '@liquid-lln/protocol';
import type * as v from 'valibot';
import type { Command } from '../domain/commands.js';
import type { Reply } from './pending-request.js';
import type { RequestOptions, Session } from './session.js';

export interface TimedAnswer<T> extends Pick<Reply, 'attempts' | 'answerMs'> {
  readonly answer: T;
}

/**
 * Asks, and checks the answer.
 * @throws LlnError as `Session.request` does; MESSAGE_INVALID
 */
export async function ask<const S extends v.GenericSchema>(
  session: Session,
  command: Command,
  payload: Readonly<Record<string, unknown>>,
  schema: S,
  options: RequestOptions = {},
): Promise<v.InferOutput<S>> {
  const { payload: answer } = await session.request(command, payload, options);
  return checked(command, answer, schema);
}

/** As `ask` does, and tells how long it took. */
export async function askTimed<const S extends v.GenericSchema>(
  session: Session,
  command: Command,
  payload: Readonly<Record<string, unknown>>,
  schema: S,
  options: RequestOptions,
): Promise<TimedAnswer<v.InferOutput<S>>> {
  const { payload: answer, attempts, answerMs } = await session.request(command, payload, options);
  return { answer: checked(command, answer, schema), attempts, answerMs };
}

function checked<const S extends v.GenericSchema>({ name }: Command, answer: unknown, schema: S): v.InferOutput<S> {
  return parseWith(schema, answer, `the board's answer to ${name}`);
}
