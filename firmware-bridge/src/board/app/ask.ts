import { parseWith } from '@liquid-lln/protocol';
import type * as v from 'valibot';
import type { Command } from '../domain/commands.js';
import type { RequestOptions, Session } from './session.js';

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
  const answer = await session.request(command, payload, options);
  return parseWith(schema, answer, `the board's answer to ${command.name}`);
}
