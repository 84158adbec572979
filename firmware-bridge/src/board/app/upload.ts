import { createHash } from 'node:crypto';
import { count, isLlnError, LlnError } from '@liquid-lln/protocol';
import * as v from 'valibot';
import type { UploadOptions } from '../board.js';
import { patienceLong } from '../domain/attempts.js';
import { commands } from '../domain/commands.js';
import {
  attemptMsOf,
  beginUpload,
  type Chunk,
  firstChunk,
  nextChunk,
  resumeAt,
  sendChunk,
  takeChunkAnswer,
  takeChunkLoss,
  type UploadState,
} from '../domain/upload-plan.js';
import { ask, askTimed } from './ask.js';
import type { Session } from './session.js';

export interface UploadInit {
  readonly session: Session;
  readonly image: Uint8Array;
  readonly messageBytesMax: number;
  readonly window: number;
  readonly options: UploadOptions;
}

const answerSchema = v.object({ off: count, match: v.optional(v.boolean()) });
type Answer = v.InferOutput<typeof answerSchema>;

/** What became of a chunk. */
type Event =
  | { readonly kind: 'answer'; readonly chunk: Chunk; readonly answer: Answer; readonly answerMs: number }
  | { readonly kind: 'loss' | 'end'; readonly chunk: Chunk; readonly error: unknown };

const lossesMax = 12;
/** How often an upload may ask where the board stands without having come any further in between. */
const restartsMax = 3;
/** A line that is not there is waited for; an attempt itself is as long as the line's pace says. */
const chunkTimeoutMs = 10_000;

/** One image on its way into the slot on standby. */
export class Upload {
  readonly #init: UploadInit;
  #state: UploadState;
  #match: boolean | null = null;

  constructor(init: UploadInit) {
    this.#init = init;
    this.#state = beginUpload(init.image.length, init.messageBytesMax, init.window);
  }

  /**
   * Sends what the board does not have yet.
   * @throws LlnError BOARD_UNREACHABLE, BOARD_REFUSED, BOARD_DIFFERS; the signal's reason
   */
  async run(): Promise<void> {
    let restarts = 0;
    let best = -1;
    while (this.#state.done < this.#init.image.length) {
      await this.#begin();
      restarts = this.#state.done > best ? 0 : restarts + 1;
      best = Math.max(best, this.#state.done);
      if (restarts > restartsMax) throw differs(`the board stays at byte ${this.#state.done} of the image`);
      await this.#sendAll();
    }
    if (this.#match === false) throw differs('the board has other bytes than were sent');
  }

  /** The first chunk says what comes; the board answers where to go on. */
  async #begin(): Promise<void> {
    const { session, image, options } = this.#init;
    const sha = createHash('sha256').update(image).digest();
    const first = (bytes: number) => ({ off: 0, len: image.length, sha, image: 0, data: image.subarray(0, bytes) });
    for (;;) {
      const chunk = firstChunk(this.#state);
      const patience = { ...patienceLong, attemptMs: attemptMsOf(this.#state), attemptsMax: 1 };
      try {
        const answer = await ask(session, commands.upload, first(chunk.end), answerSchema, {
          patience,
          signal: options.signal,
        });
        this.#state = resumeAt({ ...this.#state, lossesInRow: 0 }, answer.off);
        return this.#note(answer);
      } catch (error) {
        if (!isLlnError(error, 'BOARD_UNREACHABLE')) throw error;
        this.#lose(chunk, error);
      }
    }
  }

  /** Until the image is there, or the board is not where it should be. */
  async #sendAll(): Promise<void> {
    const underWay = new Map<Chunk, Promise<Event>>();
    const { image } = this.#init;
    while (this.#state.done < image.length) {
      for (let chunk = nextChunk(this.#state); chunk !== null; chunk = nextChunk(this.#state)) {
        this.#state = sendChunk(this.#state, chunk);
        underWay.set(chunk, this.#send(chunk));
      }
      const event = await Promise.race(underWay.values());
      underWay.delete(event.chunk);
      if (!this.#take(event)) break;
    }
    // What is still under way belongs to this round: it ends by itself, each with its timeout.
    await Promise.all(underWay.values());
  }

  async #send(chunk: Chunk): Promise<Event> {
    const { session, image, options } = this.#init;
    const attemptMs = attemptMsOf(this.#state);
    const chunks = this.#state.underWay.length;
    const patience = { timeoutMs: chunkTimeoutMs + attemptMs, attemptMs, attemptsMax: 1 };
    const payload = { off: chunk.start, data: image.subarray(chunk.start, chunk.end) };
    try {
      const asking = { patience, signal: options.signal };
      const { answer, answerMs } = await askTimed(session, commands.upload, payload, answerSchema, asking);
      return { kind: 'answer', chunk, answer, answerMs: answerMs / chunks };
    } catch (error) {
      return { kind: isLlnError(error, 'BOARD_UNREACHABLE') ? 'loss' : 'end', chunk, error };
    }
  }

  /** @returns false if the board has to be asked where it stands. */
  #take(event: Event): boolean {
    if (event.kind === 'end') throw event.error;
    if (event.kind === 'loss') this.#lose(event.chunk, event.error);
    if (event.kind !== 'answer') return true;
    const { state, isOutOfStep } = takeChunkAnswer(this.#state, event.chunk, event.answer.off, event.answerMs);
    this.#state = state;
    this.#note(event.answer);
    return !isOutOfStep;
  }

  #lose(chunk: Chunk, error: unknown): void {
    this.#state = takeChunkLoss(this.#state, chunk);
    if (this.#state.lossesInRow > lossesMax) throw error;
  }

  #note({ match }: Answer): void {
    if (match !== undefined) this.#match = match;
    this.#init.options.onProgress?.(this.#state.done, this.#init.image.length);
  }
}

function differs(message: string): LlnError {
  return new LlnError('BOARD_DIFFERS', message);
}
