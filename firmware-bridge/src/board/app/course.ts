import { type Backoff, isLlnError } from '@liquid-lln/protocol';
import type * as v from 'valibot';
import { tooSmall } from '../domain/admission.js';
import { type Command, groups } from '../domain/commands.js';
import type { PlannedPart, Rest } from '../domain/part-plan.js';
import { isRefusal } from '../domain/refusal.js';
import { messageBytesFor } from '../domain/split.js';
import { askTimed } from './ask.js';
import type { Pacer } from './pacer.js';

export interface PartQuestion<S extends v.GenericSchema> {
  readonly command: Command;
  readonly schema: S;
  /** A code of group 64 with which the board may well refuse it. */
  readonly refusalRc: number;
  readonly rest: Rest;
  /** What to send about the next `steps` steps. */
  payloadOf(steps: number): Readonly<Record<string, unknown>>;
}

/** What became of the question about the next `steps` steps. After a loss, less is asked. */
export type PartOutcome<T> =
  | { readonly kind: 'answer'; readonly steps: number; readonly answer: T }
  | { readonly kind: 'loss' | 'refusal'; readonly steps: number; readonly error: unknown };

export interface CourseOptions {
  /** For an answer to any part. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** Attempts without an answer, whatever they asked about. */
const attemptsMax = 60;
/** Short: on a bad line only more attempts help. */
const backoff: Backoff = { firstMs: 50, maxMs: 200 };

/** A sequence on its way through a board, part by part. */
export class Course {
  readonly #pacer: Pacer;
  readonly #options: CourseOptions;
  #deadlineMs: number;
  /** Since an answer came. */
  #attempts = 0;

  constructor(pacer: Pacer, options: CourseOptions) {
    this.#pacer = pacer;
    this.#options = options;
    this.#deadlineMs = this.#nowMs + options.timeoutMs;
  }

  /**
   * Asks about as many of the next steps as the line carries now.
   * @throws LlnError BOARD_TOO_SMALL if no message of the board takes a step; BOARD_UNREACHABLE with all attempts since the
   * last answer; BOARD_REFUSED; the signal's reason
   */
  async ask<const S extends v.GenericSchema>(question: PartQuestion<S>): Promise<PartOutcome<v.InferOutput<S>>> {
    checkRoom(question.rest, this.#pacer.link.messageBytesMax);
    const part = this.#pacer.next(question.rest);
    const { steps } = part;
    try {
      const answer = await this.#pacer.ask(part, (attemptMs) => this.#send(question, steps, attemptMs));
      this.#begin();
      return { kind: 'answer', steps, answer };
    } catch (error) {
      const isRefused = isRefusal(error, groups.network, question.refusalRc);
      if (!isRefused && !this.#isLoss(steps, error)) throw error;
      if (isRefused) this.#begin();
      else this.#lose(part);
      return { kind: isRefused ? 'refusal' : 'loss', steps, error };
    }
  }

  get #nowMs(): number {
    return this.#pacer.link.clock.monotonicMs();
  }

  #begin(): void {
    this.#attempts = 0;
    this.#deadlineMs = this.#nowMs + this.#options.timeoutMs;
  }

  /** One step is repeated as it is, so that a late answer to any attempt counts; what is longer is not. */
  #send<S extends v.GenericSchema>(question: PartQuestion<S>, steps: number, attemptMs: number) {
    const { command, schema } = question;
    const { signal } = this.#options;
    const attemptsLeft = steps === 1 ? attemptsMax - this.#attempts : 1;
    const patience = { timeoutMs: this.#deadlineMs - this.#nowMs, attemptMs, attemptsMax: attemptsLeft, backoff };
    const options = { patience, attemptsBefore: this.#attempts, ...(signal === undefined ? {} : { signal }) };
    return askTimed(this.#pacer.link.session, command, question.payloadOf(steps), schema, options);
  }

  /** Whether the line has lost a part that may still be asked again. */
  #isLoss(steps: number, error: unknown): boolean {
    const isOver = this.#nowMs >= this.#deadlineMs || this.#attempts + 1 >= attemptsMax;
    const isEnded = this.#pacer.link.session.isClosed || this.#options.signal?.aborted === true;
    return isLlnError(error, 'BOARD_UNREACHABLE') && steps > 1 && !isOver && !isEnded;
  }

  #lose(part: PlannedPart): void {
    this.#attempts += 1;
    // A cable that was pulled says nothing about how much a line carries.
    if (this.#pacer.link.session.isConnected) this.#pacer.lose(part);
  }
}

function checkRoom({ sizes, lastBytes }: Rest, available: number): void {
  const needed = messageBytesFor({ ...sizes, fixedBytes: sizes.fixedBytes + lastBytes }, 1);
  if (needed > available) throw tooSmall({ what: 'a message', needed, available });
}
