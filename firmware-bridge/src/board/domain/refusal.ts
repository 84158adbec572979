import { LlnError, satisfies } from '@liquid-lln/protocol';
import * as v from 'valibot';
import { type Command, groups } from './commands.js';

const code = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const protocolFailure = v.object({ rc: code });
const groupFailure = v.object({ err: v.object({ group: code, rc: code }) });

/** SMP's own return codes. */
const protocolCodes = [
  'ok',
  'unknown error',
  'no memory',
  'invalid',
  'timeout',
  'no entry',
  'bad state',
  'message too long',
  'not supported',
  'corrupt',
  'busy',
  'access denied',
  'protocol version too old',
  'protocol version too new',
] as const;

const networkCodes = [
  'ok',
  'unknown error',
  'no network in that slot',
  'wrong size of a vector',
  'a value that is not finite',
  'too many steps for the buffer',
  'no such session',
  'no profile on this board',
  'no memory',
  'golden vectors out of order',
] as const;

/** A trial is running: it may not be disturbed. */
const imageBadState = 28;

/** Codes of group 64 that the client itself acts upon. */
export const networkRc = { noNetwork: 2, size: 3, notFinite: 4, tooManySteps: 5, outOfOrder: 9 } as const;

/** The failure that an answer reports; null for a success. Both versions of SMP are understood. */
export function findRefusal(command: Command, payload: unknown): LlnError | null {
  if (satisfies(groupFailure, payload) && payload.err.rc !== 0) return refusal(command, payload.err);
  if (satisfies(protocolFailure, payload) && payload.rc !== 0) return refusal(command, { group: null, rc: payload.rc });
  return null;
}

/** Whether `error` is the refusal `rc` of `group`. */
export function isRefusal(error: unknown, group: number, rc: number): boolean {
  return (
    error instanceof LlnError &&
    error.code === 'BOARD_REFUSED' &&
    error.context['group'] === group &&
    error.context['rc'] === rc
  );
}

function refusal(command: Command, { group, rc }: { readonly group: number | null; readonly rc: number }): LlnError {
  const name = nameOf(group, rc);
  return new LlnError('BOARD_REFUSED', `the board refuses ${command.name}: ${name} (${rc})`, {
    command: command.name,
    group,
    rc,
    name,
  });
}

function nameOf(group: number | null, rc: number): string {
  if (group === null) return protocolCodes[rc] ?? 'a code of its own';
  if (group === groups.network) return networkCodes[rc] ?? 'a code that this version does not know';
  if (group === groups.image && rc === imageBadState) return 'bad state';
  return `a code of group ${group}`;
}
