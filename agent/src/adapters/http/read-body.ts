import type { IncomingMessage } from 'node:http';
import { LlnError } from '@liquid-lln/protocol';

/**
 * Reads a request's body, and no more of it than `bytesMax`: a larger one is refused before it has been read, and what
 * still comes is left to the caller.
 * @throws LlnError MESSAGE_TOO_LARGE; an error if the client goes away
 */
export function readBody(request: IncomingMessage, bytesMax: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    if (Number(request.headers['content-length'] ?? 0) > bytesMax) return reject(tooLarge(bytesMax));
    const chunks: Buffer[] = [];
    let length = 0;
    const onData = (chunk: Buffer) => {
      length += chunk.length;
      chunks.push(chunk);
      if (length > bytesMax) settle(() => reject(tooLarge(bytesMax)));
    };
    const onEnd = () =>
      settle(() => resolve(chunks[0] !== undefined && chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)));
    const onClose = () =>
      settle(() => reject(new LlnError('TIMED_OUT', 'the client went away before its body was there')));
    const settle = (finish: () => void) => {
      request.off('data', onData).off('end', onEnd).off('close', onClose);
      request.pause();
      finish();
    };
    request.on('data', onData).on('end', onEnd).on('close', onClose);
  });
}

function tooLarge(bytesMax: number): LlnError {
  return new LlnError('MESSAGE_TOO_LARGE', `the body has more than ${bytesMax} bytes`, { bytesMax });
}
