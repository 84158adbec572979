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
  'no trial is running',
] as const;

/** MCUmgr's return codes for images, as far as boards use them. */
const imageCodes: Readonly<Record<number, string>> = {
  1: 'unknown error',
  3: 'no image',
  8: 'no image with this hash',
  12: 'flash not written',
  13: 'flash not erased',
  14: 'invalid slot',
  15: 'not enough memory',
  21: 'invalid length',
  22: 'invalid header',
  23: 'invalid magic',
  24: 'invalid hash',
  28: 'another image is pending or on trial',
  30: 'larger than the slot',
  33: 'the image is live already',
};

/** Codes of group 64 that the client itself acts upon. */
export const networkRc = { noNetwork: 2, size: 3, tooManySteps: 5, outOfOrder: 9, noTrial: 10 } as const;

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

const unnamed = 'a failure without a name';

function nameOf(group: number | null, rc: number): string {
  if (group === null) return protocolCodes[rc] ?? unnamed;
  if (group === groups.network) return networkCodes[rc] ?? unnamed;
  return (group === groups.image ? imageCodes[rc] : undefined) ?? unnamed;
}
