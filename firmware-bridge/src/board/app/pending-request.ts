import type { Timer } from '@liquid-lln/protocol';
import type { Patience } from '../domain/attempts.js';
import type { Command } from '../domain/commands.js';

export interface Question {
  readonly command: Command;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly patience: Patience;
}

type Outcome =
  | { readonly isAnswer: true; readonly answer: unknown }
  | { readonly isAnswer: false; readonly error: unknown };

/** A request from its asking to its end, which comes once: answer, refusal, timeout or abort. */
export class PendingRequest implements Question {
  readonly command: Command;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly patience: Patience;
  readonly #onEnd: (outcome: Outcome) => void;
  #deadline: Timer | null = null;
  #wait: Timer | null = null;
  #attempts = 0;
  #isOver = false;

  constructor({ command, payload, patience }: Question, onEnd: (outcome: Outcome) => void) {
    this.command = command;
    this.payload = payload;
    this.patience = patience;
    this.#onEnd = onEnd;
  }

  get attempts(): number {
    return this.#attempts;
  }

  get mayTryAgain(): boolean {
    return this.command.isRepeatable && this.#attempts < this.patience.attemptsMax;
  }

  keepTimer(deadline: Timer): void {
    this.#deadline = deadline;
  }

  beginAttempt(timeout: Timer): void {
    this.#attempts += 1;
    this.#setWait(timeout);
  }

  beginPause(pause: Timer): void {
    this.#setWait(pause);
  }

  succeed(answer: unknown): void {
    this.#end({ isAnswer: true, answer });
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
