import { bytes, count, LlnError } from '@liquid-lln/protocol';
import * as v from 'valibot';
import { tooSmall } from '../domain/admission.js';
import type { BoardAnswer, BoardInference } from '../domain/board-values.js';
import { commands, groups } from '../domain/commands.js';
import { toBytes, toFloats } from '../domain/floats.js';
import { slotNumberOf, slotOf } from '../domain/info.js';
import { isRefusal, networkRc } from '../domain/refusal.js';
import { type Part, stepsThatFit } from '../domain/split.js';
import { ask } from './ask.js';
import type { Session } from './session.js';

const answerSchema = v.object({
  out: bytes,
  slot: v.picklist([0, 1]),
  us: count,
  cy: count,
  st: bytes,
});

export interface InferenceLink {
  readonly session: Session;
  readonly messageBytesMax: number;
}

/**
 * Runs a sequence in as many calls as its length needs; each goes on from the state that the one before left.
 * @throws LlnError INPUT_INVALID, BOARD_TOO_SMALL, and as `ask` does
 */
export async function inferSequence(link: InferenceLink, request: BoardInference): Promise<BoardAnswer> {
  const steps = request.timeSteps.length;
  if (steps === 0) throw new LlnError('INPUT_INVALID', 'a sequence has at least one step');
  const first = await inferFirst(link, request, steps);
  const partMax = partMaxAfter(link, request, first);
  let whole = first.answer;
  for (let start = first.steps; start < steps; start += partMax) {
    const part = { start, steps: Math.min(partMax, steps - start) };
    // All steps in one network: a switch in the middle of a sequence would mix two.
    whole = join(whole, await inferPart(link, { ...request, slot: whole.slot, state: whole.state }, part));
  }
  return whole;
}

interface FirstPart {
  readonly answer: BoardAnswer;
  readonly steps: number;
}

/** How long outputs and state are only the board knows: what it cannot answer at once is asked in halves. */
async function inferFirst(link: InferenceLink, request: BoardInference, stepsAll: number): Promise<FirstPart> {
  const fixedBytes = (request.state?.length ?? 0) * 4;
  const fitting = stepsThatFit({ ...link, stepBytes: inputBytesOf(request), fixedBytes });
  if (fitting === 0) throw doesNotFit(link, inputBytesOf(request) + fixedBytes);
  for (let steps = Math.min(stepsAll, fitting); ; steps = Math.ceil(steps / 2)) {
    try {
      return { answer: await inferPart(link, request, { start: 0, steps }), steps };
    } catch (error) {
      const isTooLong = isRefusal(error, groups.network, networkRc.tooManySteps);
      if (!isTooLong || steps <= 1) throw error;
    }
  }
}

function partMaxAfter(link: InferenceLink, request: BoardInference, { answer, steps }: FirstPart): number {
  const stepBytes = Math.max(inputBytesOf(request), (answer.outputs.length / steps) * 4);
  return Math.max(1, stepsThatFit({ ...link, stepBytes, fixedBytes: answer.state.length * 4 }));
}

async function inferPart({ session }: InferenceLink, request: BoardInference, part: Part): Promise<BoardAnswer> {
  const { inputs, timeSteps, slot, state } = request;
  const end = part.start + part.steps;
  const size = inputs.length / timeSteps.length;
  const payload = {
    in: toBytes(inputs.subarray(part.start * size, end * size)),
    dt: toBytes(timeSteps.subarray(part.start, end)),
    n: part.steps,
    rs: true,
    ...(slot === null ? {} : { slot: slotNumberOf(slot) }),
    ...(state === null ? {} : { st: toBytes(state) }),
  };
  const answer = await ask(session, commands.infer, payload, answerSchema);
  return {
    slot: slotOf(answer.slot),
    outputs: toFloats(answer.out, 'the outputs'),
    state: toFloats(answer.st, 'the state'),
    kernelUs: answer.us,
    cycles: answer.cy === 0 ? null : answer.cy,
  };
}

function join(before: BoardAnswer, part: BoardAnswer): BoardAnswer {
  const outputs = new Float32Array(before.outputs.length + part.outputs.length);
  outputs.set(before.outputs);
  outputs.set(part.outputs, before.outputs.length);
  const cycles = before.cycles === null || part.cycles === null ? null : before.cycles + part.cycles;
  return { ...part, outputs, kernelUs: before.kernelUs + part.kernelUs, cycles };
}

/** Of one step: its inputs and its time step. */
function inputBytesOf({ inputs, timeSteps }: BoardInference): number {
  return (inputs.length / timeSteps.length + 1) * 4;
}

function doesNotFit({ messageBytesMax }: InferenceLink, needed: number) {
  return tooSmall({ what: 'a message', needed, available: messageBytesMax });
}
