import { bytes, count, LlnError } from '@liquid-lln/protocol';
import * as v from 'valibot';
import { patienceDefault } from '../domain/attempts.js';
import type { BoardAnswer, BoardInference } from '../domain/board-values.js';
import { commands } from '../domain/commands.js';
import { toBytes, toFloats } from '../domain/floats.js';
import { slotNumberOf, slotOf } from '../domain/info.js';
import type { Rest } from '../domain/part-plan.js';
import { networkRc } from '../domain/refusal.js';
import type { Sizes } from '../domain/split.js';
import { Course, type PartOutcome } from './course.js';
import { type BoardLink, Pacer } from './pacer.js';

const answerSchema = v.object({
  out: bytes,
  slot: v.picklist([0, 1]),
  us: count,
  cy: count,
  st: bytes,
});

/** Inferences with the network of one slot: what each learns of line and board serves the next one. */
export class Inferences {
  readonly #pacer: Pacer;
  /** Of outputs and state; null before the first answer, because only the board knows them. */
  #answerSizes: Sizes | null = null;

  constructor(link: BoardLink) {
    this.#pacer = new Pacer(link);
  }

  /**
   * Runs a sequence in as many calls as its length needs; each goes on from the state that the one before left.
   * @throws LlnError INPUT_INVALID, and as `Course.ask` does
   */
  async run(request: BoardInference): Promise<BoardAnswer> {
    const course = new Course(this.#pacer, { timeoutMs: patienceDefault.timeoutMs });
    const steps = request.timeSteps.length;
    let whole: BoardAnswer | null = null;
    for (let start = 0; start < steps; ) {
      // All steps in one network: a switch in the middle of a sequence would mix two.
      const { slot, state } = whole ?? request;
      const part: PartOutcome<BoardAnswer> = await this.#ask(course, { ...request, slot, state }, start);
      if (part.kind !== 'answer') continue;
      whole = join(whole, part.answer);
      start += part.steps;
    }
    if (whole === null) throw new LlnError('INPUT_INVALID', 'a sequence has at least one step');
    return whole;
  }

  async #ask(course: Course, request: BoardInference, start: number): Promise<PartOutcome<BoardAnswer>> {
    const part = await course.ask({
      command: commands.infer,
      schema: answerSchema,
      refusalRc: networkRc.tooManySteps,
      rest: this.#restOf(request, start),
      payloadOf: (steps) => payloadOf(request, start, steps),
    });
    if (part.kind === 'answer') return { ...part, answer: this.#take(part.answer, part.steps) };
    if (part.kind === 'refusal') this.#forget(part);
    return part;
  }

  /** The network is another one than before, with longer answers. */
  #forget({ steps, error }: { readonly steps: number; readonly error: unknown }): void {
    if (steps === 1) throw error;
    this.#answerSizes = null;
    this.#pacer.forget();
  }

  #restOf(request: BoardInference, start: number): Rest {
    const { stepBytes, fixedBytes } = this.#answerSizes ?? { stepBytes: 0, fixedBytes: 0 };
    const sizes = {
      stepBytes: Math.max(rowBytesOf(request) + 4, stepBytes),
      fixedBytes: Math.max((request.state?.length ?? 0) * 4, fixedBytes),
    };
    return { steps: request.timeSteps.length - start, sizes, lastBytes: 0 };
  }

  #take(answer: v.InferOutput<typeof answerSchema>, steps: number): BoardAnswer {
    this.#answerSizes = { stepBytes: answer.out.length / steps, fixedBytes: answer.st.length };
    return {
      slot: slotOf(answer.slot),
      outputs: toFloats(answer.out, 'the outputs'),
      state: toFloats(answer.st, 'the state'),
      kernelUs: answer.us,
      cycles: answer.cy === 0 ? null : answer.cy,
    };
  }
}

function payloadOf(request: BoardInference, start: number, steps: number) {
  const { inputs, timeSteps, slot, state } = request;
  const size = rowBytesOf(request) / 4;
  return {
    in: toBytes(inputs.subarray(start * size, (start + steps) * size)),
    dt: toBytes(timeSteps.subarray(start, start + steps)),
    n: steps,
    rs: true,
    ...(slot === null ? {} : { slot: slotNumberOf(slot) }),
    ...(state === null ? {} : { st: toBytes(state) }),
  };
}

function join(before: BoardAnswer | null, part: BoardAnswer): BoardAnswer {
  if (before === null) return part;
  const outputs = new Float32Array(before.outputs.length + part.outputs.length);
  outputs.set(before.outputs);
  outputs.set(part.outputs, before.outputs.length);
  const cycles = before.cycles === null || part.cycles === null ? null : before.cycles + part.cycles;
  return { ...part, outputs, kernelUs: before.kernelUs + part.kernelUs, cycles };
}

/** Of the inputs of one step. */
function rowBytesOf({ inputs, timeSteps }: BoardInference): number {
  return (inputs.length / timeSteps.length) * 4;
}
