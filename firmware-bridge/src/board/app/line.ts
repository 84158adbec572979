import { type Backoff, backoffDelayMs, type Clock, type Random, type Timer, toErrorReport } from '@liquid-lln/protocol';
import { encodeFrame } from '../domain/frame.js';
import { type DecoderState, type Discarded, decodeFrames, decoderStart } from '../domain/frame-decoder.js';
import type { Connection, Transport } from '../ports/transport.js';

export interface LineComponents {
  readonly clock: Clock;
  readonly random: Random;
  readonly transport: Transport;
}

export interface LineHandlers {
  onOpen(): void;
  onClose(): void;
  onMessage(message: Uint8Array): void;
}

const reopenBackoff: Backoff = { firstMs: 100, maxMs: 5_000 };
const openTimeoutMs = 5_000;

/** A line that carries messages. When it closes it is opened again, for as long as nobody calls `close`. */
export class Line {
  readonly #components: LineComponents;
  readonly #handlers: LineHandlers;
  #connection: Connection | null = null;
  #decoder: DecoderState = decoderStart;
  #timer: Timer | null = null;
  /** Which opening is in force: those before it have been given up. */
  #opening = 0;
  #attempt = 0;
  #isClosed = false;
  #failure = 'it was never open';

  constructor(components: LineComponents, handlers: LineHandlers) {
    this.#components = components;
    this.#handlers = handlers;
  }

  get isOpen(): boolean {
    return this.#connection !== null;
  }

  /** Why it is not open, in words. */
  get failure(): string {
    return this.#failure;
  }

  /** What arrived and was no message, since `start`. */
  get discarded(): Discarded {
    return this.#decoder.discarded;
  }

  start(): void {
    const opening = ++this.#opening;
    const isInForce = () => opening === this.#opening && !this.#isClosed;
    const onClose = (reason: string) => {
      if (isInForce()) this.#reopenLater(reason);
    };
    this.#timer = this.#components.clock.after(openTimeoutMs, () => onClose('it did not open in time'));
    const onBytes = (bytes: Uint8Array) => {
      if (isInForce()) this.#receive(bytes);
    };
    void this.#components.transport.open({ onBytes, onClose }).then(
      (connection) => (isInForce() ? this.#begin(connection) : connection.close()),
      (error: unknown) => onClose(toErrorReport(error).message),
    );
  }

  /** Sends a message; while the line is closed it is dropped. */
  send(message: Uint8Array): void {
    this.#connection?.write(encodeFrame(message));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    const connection = this.#connection;
    this.#connection = null;
    await connection?.close();
  }

  #begin(connection: Connection): void {
    this.#timer?.cancel();
    this.#connection = connection;
    this.#decoder = { ...decoderStart, discarded: this.#decoder.discarded };
    this.#handlers.onOpen();
  }

  #receive(bytes: Uint8Array): void {
    const { state, messages } = decodeFrames(this.#decoder, bytes);
    this.#decoder = state;
    if (messages.length > 0) this.#attempt = 0;
    for (const message of messages) this.#handlers.onMessage(message);
  }

  #reopenLater(reason: string): void {
    this.#failure = reason;
    const wasOpen = this.isOpen;
    this.#opening += 1;
    this.#connection = null;
    this.#timer?.cancel();
    const { clock, random } = this.#components;
    this.#timer = clock.after(backoffDelayMs(reopenBackoff, this.#attempt, random), () => this.start());
    this.#attempt += 1;
    if (wasOpen) this.#handlers.onClose();
  }
}
