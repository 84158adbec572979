import type { IncomingMessage } from 'node:http';
import { LlnError } from '@liquid-lln/protocol';
import type { BodyShare } from './body-budget.js';

/**
 * Reads a request's body, and no more of it than `bytesMax` and its share: what has too much is refused before it has
 * been read, and what still comes is left to the caller.
 * @throws LlnError MESSAGE_TOO_LARGE; ENGINE_OVERLOADED; TIMED_OUT if the client goes away
 */
export function readBody(request: IncomingMessage, bytesMax: number, share: BodyShare): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    if (Number(request.headers['content-length'] ?? 0) > bytesMax) return reject(tooLarge(bytesMax));
    const body = new GrowingBody(bytesMax, share);
    const onData = (chunk: Buffer) => {
      try {
        body.append(chunk);
      } catch (error) {
        request.off('data', onData);
        reject(error);
      }
    };
    request.on('data', onData);
    request.on('end', () => resolve(body.content));
    request.on('error', (cause) => {
      reject(new LlnError('TIMED_OUT', 'the client went away before its body was there', {}, cause));
    });
  });
}

/** One piece of memory, however small the pieces are that a body arrives in: each would cost more than its bytes. */
class GrowingBody {
  readonly #bytesMax: number;
  readonly #share: BodyShare;
  #memory: Buffer = Buffer.alloc(0);
  #length = 0;

  constructor(bytesMax: number, share: BodyShare) {
    this.#bytesMax = bytesMax;
    this.#share = share;
  }

  get content(): Buffer {
    return this.#memory.subarray(0, this.#length);
  }

  append(chunk: Buffer): void {
    const length = this.#length + chunk.length;
    if (length > this.#bytesMax) throw tooLarge(this.#bytesMax);
    if (length > this.#memory.length) this.#grow(chunk, length);
    else this.#memory.set(chunk, this.#length);
    this.#length = length;
  }

  /** The first chunk is nearly always the only one, and taken as it is. */
  #grow(chunk: Buffer, length: number): void {
    const room = this.#length === 0 ? length : Math.min(this.#bytesMax, Math.max(length, 2 * this.#memory.length));
    this.#share.grow(room);
    this.#memory = this.#length === 0 ? chunk : extend(this.content, chunk, room);
  }
}

function extend(before: Buffer, chunk: Buffer, room: number): Buffer {
  const memory = Buffer.allocUnsafe(room);
  memory.set(before, 0);
  memory.set(chunk, before.length);
  return memory;
}

function tooLarge(bytesMax: number): LlnError {
  return new LlnError('MESSAGE_TOO_LARGE', `the body has more than ${bytesMax} bytes`, { bytesMax });
}
