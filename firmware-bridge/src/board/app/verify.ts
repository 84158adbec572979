import { count, type GoldenVector, type SlotName } from '@liquid-lln/protocol';
import * as v from 'valibot';
import { tooSmall } from '../domain/admission.js';
import { patienceLong } from '../domain/attempts.js';
import type { BoardDifference } from '../domain/board-values.js';
import { commands, groups } from '../domain/commands.js';
import { slotNumberOf } from '../domain/info.js';
import { isRefusal, networkRc } from '../domain/refusal.js';
import { type Part, splitSteps, stepsThatFit } from '../domain/split.js';
import { ask } from './ask.js';
import type { Session } from './session.js';

const answerSchema = v.variant('ok', [
  v.object({ ok: v.literal(true) }),
  v.object({ ok: v.literal(false), what: v.picklist(['out', 'st']), at: count, want: count, got: count }),
]);
type Answer = v.InferOutput<typeof answerSchema>;

/** How often a vector is begun anew when the board has lost its place: an answer was lost, or the board restarted. */
const beginningsMax = 5;

export interface Verification {
  readonly session: Session;
  readonly messageBytesMax: number;
  readonly slot: SlotName;
  readonly signal: AbortSignal;
}

/** The first difference of any vector, in the order of the vectors; null if the board computes all of them to the bit. */
export async function verifyVectors(
  verification: Verification,
  vectors: readonly GoldenVector[],
): Promise<BoardDifference | null> {
  for (const [index, vector] of vectors.entries()) {
    const answer = await verifyVector(verification, vector);
    if (answer.ok) continue;
    const what = answer.what === 'out' ? 'outputs' : 'state';
    return { vector: index, what, at: answer.at, expectedBits: answer.want, actualBits: answer.got };
  }
  return null;
}

async function verifyVector(verification: Verification, vector: GoldenVector): Promise<Answer> {
  for (let beginning = 1; ; beginning += 1) {
    try {
      return await verifyParts(verification, vector);
    } catch (error) {
      const isLost = isRefusal(error, groups.network, networkRc.outOfOrder);
      if (!isLost || beginning >= beginningsMax) throw error;
    }
  }
}

async function verifyParts(verification: Verification, vector: GoldenVector): Promise<Answer> {
  const { session, slot, signal } = verification;
  for (const part of partsOf(verification.messageBytesMax, vector)) {
    const payload = { slot: slotNumberOf(slot), off: part.start, n: part.steps, ...contentOf(vector, part) };
    const answer = await ask(session, commands.verify, payload, answerSchema, { patience: patienceLong, signal });
    if (!answer.ok) return answer;
  }
  return { ok: true };
}

function partsOf(messageBytesMax: number, { steps, inputs, timeSteps, outputs, stateFinal }: GoldenVector): Part[] {
  const stepBytes = (inputs.length + timeSteps.length + outputs.length) / steps;
  const partMax = stepsThatFit({ messageBytesMax, stepBytes, fixedBytes: 0 });
  const lastMax = stepsThatFit({ messageBytesMax, stepBytes, fixedBytes: stateFinal.length });
  if (lastMax > 0) return splitSteps(steps, partMax, lastMax);
  throw tooSmall({ what: 'a message', needed: stepBytes + stateFinal.length, available: messageBytesMax });
}

function contentOf({ steps, inputs, timeSteps, outputs, stateFinal }: GoldenVector, part: Part) {
  const rows = (bytes: Uint8Array) => {
    const rowBytes = bytes.length / steps;
    return bytes.subarray(part.start * rowBytes, (part.start + part.steps) * rowBytes);
  };
  const isLast = part.start + part.steps === steps;
  const content = { in: rows(inputs), dt: rows(timeSteps), out: rows(outputs) };
  return isLast ? { ...content, st: stateFinal } : content;
}
