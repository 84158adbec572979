import type { IncomingMessage } from 'node:http';
import { LlnError } from '@liquid-lln/protocol';

/**
 * Reads a request's body, and no more of it than `bytesMax`: a larger one is refused before it has been read, and what
 * still comes is left to the caller.
 * @throws LlnError MESSAGE_TOO_LARGE; TIMED_OUT if the client goes away
 */
export function readBody(request: IncomingMessage, bytesMax: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    if (Number(request.headers['content-length'] ?? 0) > bytesMax) return reject(tooLarge(bytesMax));
    const chunks: Buffer[] = [];
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= bytesMax) chunks.push(chunk);
      else reject(tooLarge(bytesMax));
    });
    request.on('end', () => {
      const [only] = chunks;
      resolve(chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks));
    });
    request.on('error', (cause) => {
      reject(new LlnError('TIMED_OUT', 'the client went away before its body was there', {}, cause));
    });
  });
}

function tooLarge(bytesMax: number): LlnError {
  return new LlnError('MESSAGE_TOO_LARGE', `the body has more than ${bytesMax} bytes`, { bytesMax });
}
