import { backoffDelayMs, type Clock, LlnError, type Random, type Timer } from '@liquid-lln/protocol';
import { attemptBackoff, nextSequence, type Patience, patienceDefault } from '../domain/attempts.js';
import type { Command } from '../domain/commands.js';
import { findRefusal } from '../domain/refusal.js';
import { decodeSmp, encodeSmp, type SmpMessage } from '../domain/smp-message.js';
import type { Transport } from '../ports/transport.js';
import { Line } from './line.js';
import { PendingRequest, type Reply } from './pending-request.js';

export interface SessionComponents {
  readonly clock: Clock;
  readonly random: Random;
  readonly transport: Transport;
}

export interface RequestOptions {
  readonly patience?: Patience;
  readonly signal?: AbortSignal;
  /** How often the same was asked before in another form: a failure counts them too. */
  readonly attemptsBefore?: number;
}

/** Requests that may wait for those under way. */
const waitingMax = 256;

/** Requests and their answers over a line: out of order, some at once, tried again where that is safe. */
export class Session {
  readonly #components: SessionComponents;
  readonly #line: Line;
  /** All that have not ended: those that wait, and those under way. */
  readonly #requests = new Set<PendingRequest>();
  readonly #waiting: PendingRequest[] = [];
  readonly #underWay = new Map<number, PendingRequest>();
  #lastSequence: number;
  #windowMax = 1;
  #isClosed = false;

  constructor(components: SessionComponents) {
    this.#components = components;
    // An answer to a client before this one, late, should not find a request of ours.
    this.#lastSequence = Math.floor(components.random() * 256);
    this.#line = new Line(components, {
      onOpen: () => this.#sendWaiting(),
      onClose: () => this.#loseUnderWay(),
      onMessage: (message) => this.#receive(message),
    });
    this.#line.start();
  }

  get isConnected(): boolean {
    return this.#line.isOpen;
  }

  /** Closed for good: whatever is asked fails at once. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Requests under way at once, from now on: what the board takes. */
  setWindow(requests: number): void {
    this.#windowMax = requests;
    this.#sendWaiting();
  }

  /**
   * Asks, and gives the answer.
   * @throws LlnError BOARD_UNREACHABLE, BOARD_REFUSED, ENGINE_OVERLOADED; the signal's reason
   */
  request(command: Command, payload: Readonly<Record<string, unknown>>, options: RequestOptions = {}): Promise<Reply> {
    const { patience = patienceDefault, signal, attemptsBefore = 0 } = options;
    if (this.#isClosed) return Promise.reject(linkClosed());
    if (this.#waiting.length >= waitingMax) {
      return Promise.reject(new LlnError('ENGINE_OVERLOADED', `${waitingMax} requests wait for the board`));
    }
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const request = new PendingRequest({ command, payload, patience, attemptsBefore }, (outcome) => {
        signal?.removeEventListener('abort', onAbort);
        this.#forget(request);
        outcome.isAnswer ? resolve(outcome.reply) : reject(outcome.error);
      });
      const onAbort = () => request.fail(signal?.reason);
      signal?.addEventListener('abort', onAbort, { once: true });
      request.keepTimer(this.#after(patience.timeoutMs, () => request.fail(this.#unreachable(request))));
      this.#requests.add(request);
      this.#waiting.push(request);
      this.#sendWaiting();
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const request of [...this.#requests]) request.fail(linkClosed());
    await this.#line.close();
  }

  #sendWaiting(): void {
    while (this.#line.isOpen && this.#underWay.size < this.#windowMax) {
      const request = this.#waiting.shift();
      if (request === undefined) return;
      const sequence = nextSequence(this.#lastSequence, (one) => this.#underWay.has(one));
      this.#lastSequence = sequence;
      this.#underWay.set(sequence, request);
      this.#send(request, sequence);
    }
  }

  /** Every attempt has the number of the first: an answer to any of them is an answer. */
  #send(request: PendingRequest, sequence: number): void {
    const timer = this.#after(request.patience.attemptMs, () => this.#loseAttempt(request, sequence));
    request.beginAttempt(timer, this.#components.clock.monotonicMs());
    const { operation, group, id } = request.command;
    const message = { operation, version: 1, group, sequence, command: id, payload: request.payload } as const;
    this.#line.send(encodeSmp(message));
  }

  #receive(bytes: Uint8Array): void {
    const message = decodeOrNull(bytes);
    if (message === null) return;
    const request = this.#underWay.get(message.sequence);
    // A late or doubled answer finds no request, or another one.
    if (request === undefined || !isAnswerTo(message, request.command)) return;
    const refusal = findRefusal(request.command, message.payload);
    if (refusal === null) request.succeed(message.payload, this.#components.clock.monotonicMs());
    else request.fail(refusal);
  }

  #loseUnderWay(): void {
    for (const [sequence, request] of [...this.#underWay]) this.#loseAttempt(request, sequence);
  }

  /** No answer came: once more, after a moment, if that is safe and not too often. */
  #loseAttempt(request: PendingRequest, sequence: number): void {
    if (request.mayTryAgain) {
      const { backoff = attemptBackoff } = request.patience;
      const delayMs = backoffDelayMs(backoff, request.attempts - 1, this.#components.random);
      request.beginPause(this.#after(delayMs, () => this.#tryAgain(request, sequence)));
    } else {
      request.fail(this.#unreachable(request));
    }
  }

  #tryAgain(request: PendingRequest, sequence: number): void {
    if (this.#line.isOpen) {
      this.#send(request, sequence);
    } else {
      this.#underWay.delete(sequence);
      this.#waiting.unshift(request);
    }
  }

  #forget(request: PendingRequest): void {
    this.#requests.delete(request);
    for (const [sequence, one] of this.#underWay) if (one === request) this.#underWay.delete(sequence);
    const at = this.#waiting.indexOf(request);
    if (at >= 0) this.#waiting.splice(at, 1);
    this.#sendWaiting();
  }

  #after(delayMs: number, action: () => void): Timer {
    return this.#components.clock.after(delayMs, action);
  }

  #unreachable({ command, attemptsInAll: attempts }: PendingRequest): LlnError {
    const { address } = this.#components.transport;
    const state = this.#line.isOpen ? 'is silent' : `is not connected (${this.#line.failure})`;
    const message = `the board at ${address} ${state}: ${command.name} was sent ${attempts} times without an answer`;
    // A line full of noise is a cable or a baud rate, not a board that is off.
    const { noiseBytes, lines, packets } = this.#line.discarded;
    const context = { address, command: command.name, attempts, noiseBytes, badLines: lines, badPackets: packets };
    return new LlnError('BOARD_UNREACHABLE', message, context);
  }
}

function linkClosed(): LlnError {
  return new LlnError('BOARD_UNREACHABLE', 'the link was closed');
}

function decodeOrNull(bytes: Uint8Array): SmpMessage | null {
  try {
    return decodeSmp(bytes);
  } catch {
    return null; // its checksum was right, but it is nothing that a board says
  }
}

function isAnswerTo(message: SmpMessage, { operation, group, id }: Command): boolean {
  return message.operation === `${operation}-answer` && message.group === group && message.command === id;
}
