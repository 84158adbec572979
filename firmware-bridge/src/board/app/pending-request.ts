import type { Timer } from '@liquid-lln/protocol';
import type { Patience } from '../domain/attempts.js';
import type { Command } from '../domain/commands.js';

export interface Question {
  readonly command: Command;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly patience: Patience;
  /** Of other requests for the same. */
  readonly attemptsBefore: number;
}

/** An answer that is no refusal. */
export interface Reply {
  readonly payload: unknown;
  /** How often the request was sent until it came. */
  readonly attempts: number;
  /** How long it took, from the last time on that the request was sent. */
  readonly answerMs: number;
}

type Outcome =
  | { readonly isAnswer: true; readonly reply: Reply }
  | { readonly isAnswer: false; readonly error: unknown };

/** A request from its asking to its end, which comes once: answer, refusal, timeout or abort. */
export class PendingRequest implements Question {
  readonly command: Command;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly patience: Patience;
  readonly attemptsBefore: number;
  readonly #onEnd: (outcome: Outcome) => void;
  #deadline: Timer | null = null;
  #wait: Timer | null = null;
  #attempts = 0;
  #sentMs = 0;
  #isOver = false;

  constructor({ command, payload, patience, attemptsBefore }: Question, onEnd: (outcome: Outcome) => void) {
    this.command = command;
    this.payload = payload;
    this.patience = patience;
    this.attemptsBefore = attemptsBefore;
    this.#onEnd = onEnd;
  }

  get attempts(): number {
    return this.#attempts;
  }

  get attemptsInAll(): number {
    return this.attemptsBefore + this.#attempts;
  }

  get mayTryAgain(): boolean {
    return this.command.isRepeatable && this.#attempts < this.patience.attemptsMax;
  }

  keepTimer(deadline: Timer): void {
    this.#deadline = deadline;
  }

  beginAttempt(timeout: Timer, nowMs: number): void {
    this.#attempts += 1;
    this.#sentMs = nowMs;
    this.#setWait(timeout);
  }

  beginPause(pause: Timer): void {
    this.#setWait(pause);
  }

  succeed(payload: unknown, nowMs: number): void {
    this.#end({ isAnswer: true, reply: { payload, attempts: this.#attempts, answerMs: nowMs - this.#sentMs } });
  }

  fail(error: unknown): void {
    this.#end({ isAnswer: false, error });
  }

  #setWait(timer: Timer): void {
    this.#wait?.cancel();
    this.#wait = timer;
  }

  #end(outcome: Outcome): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#deadline?.cancel();
    this.#wait?.cancel();
    this.#onEnd(outcome);
  }
}
