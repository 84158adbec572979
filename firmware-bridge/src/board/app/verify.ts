import { count, type GoldenVector, type SlotName } from '@liquid-lln/protocol';
import * as v from 'valibot';
import { patienceLong } from '../domain/attempts.js';
import type { BoardDifference } from '../domain/board-values.js';
import { commands } from '../domain/commands.js';
import {
  type GoldenPlace,
  takeGoldenAnswer,
  takeGoldenLoss,
  takeOutOfOrder,
  vectorStart,
} from '../domain/golden-place.js';
import { slotNumberOf } from '../domain/info.js';
import { networkRc } from '../domain/refusal.js';
import { Course, type PartOutcome } from './course.js';
import { type BoardLink, Pacer } from './pacer.js';

const answerSchema = v.variant('ok', [
  v.object({ ok: v.literal(true) }),
  v.object({ ok: v.literal(false), what: v.picklist(['out', 'st']), at: count, want: count, got: count }),
]);
type Answer = v.InferOutput<typeof answerSchema>;

/** The first difference of any vector, in the order of the vectors; null if the board computes all of them to the bit. */
export async function verifyVectors(
  link: BoardLink,
  slot: SlotName,
  vectors: readonly GoldenVector[],
  signal: AbortSignal,
): Promise<BoardDifference | null> {
  const course = new Course(new Pacer(link), { timeoutMs: patienceLong.timeoutMs, signal });
  for (const [index, vector] of vectors.entries()) {
    const answer = await verifyVector(course, slot, vector);
    if (answer.ok) continue;
    const what = answer.what === 'out' ? 'outputs' : 'state';
    return { vector: index, what, at: answer.at, expectedBits: answer.want, actualBits: answer.got };
  }
  return null;
}

async function verifyVector(course: Course, slot: SlotName, vector: GoldenVector): Promise<Answer> {
  for (let place = vectorStart; place.at < vector.steps; ) {
    const part = await askPart(course, slot, vector, place.at);
    if (part.kind === 'answer' && !part.answer.ok) return part.answer;
    place = takePart(place, part, vector.steps);
  }
  return { ok: true };
}

function takePart(place: GoldenPlace, part: PartOutcome<Answer>, steps: number): GoldenPlace {
  const end = place.at + part.steps;
  if (part.kind === 'answer') return takeGoldenAnswer(place, end);
  const endWithin = end < steps ? end : null;
  if (part.kind === 'loss') return takeGoldenLoss(place, endWithin);
  const next = takeOutOfOrder(place, endWithin);
  if (next === null) throw part.error;
  return next;
}

function askPart(course: Course, slot: SlotName, vector: GoldenVector, start: number) {
  const { steps: all, inputs, timeSteps, outputs, stateFinal } = vector;
  const stepBytes = (inputs.length + timeSteps.length + outputs.length) / all;
  return course.ask({
    command: commands.verify,
    schema: answerSchema,
    refusalRc: networkRc.outOfOrder,
    rest: { steps: all - start, sizes: { stepBytes, fixedBytes: 0 }, lastBytes: stateFinal.length },
    payloadOf: (steps) => ({ slot: slotNumberOf(slot), off: start, n: steps, ...contentOf(vector, start, steps) }),
  });
}

function contentOf({ steps: all, inputs, timeSteps, outputs, stateFinal }: GoldenVector, start: number, steps: number) {
  const rows = (bytes: Uint8Array) => {
    const rowBytes = bytes.length / all;
    return bytes.subarray(start * rowBytes, (start + steps) * rowBytes);
  };
  const content = { in: rows(inputs), dt: rows(timeSteps), out: rows(outputs) };
  return start + steps === all ? { ...content, st: stateFinal } : content;
}
