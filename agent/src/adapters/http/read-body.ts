import type { IncomingMessage } from 'node:http';
import { LlnError } from '@liquid-lln/protocol';

/**
 * Reads a request's body as text, and no more of it than `bytesMax`: a larger one is refused before it has been read.
 * @throws LlnError MESSAGE_TOO_LARGE, INPUT_INVALID
 */
export async function readBody(request: IncomingMessage, bytesMax: number): Promise<string> {
  if (Number(request.headers['content-length'] ?? 0) > bytesMax) throw tooLarge(bytesMax);
  const chunks: Buffer[] = [];
  let length = 0;
  const arriving: AsyncIterable<Buffer> = request.iterator({ destroyOnReturn: false });
  for await (const chunk of arriving) {
    length += chunk.length;
    if (length > bytesMax) throw tooLarge(bytesMax);
    chunks.push(chunk);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch (cause) {
    throw new LlnError('INPUT_INVALID', 'the body is not UTF-8 text', {}, cause);
  }
}

function tooLarge(bytesMax: number): LlnError {
  return new LlnError('MESSAGE_TOO_LARGE', `the body has more than ${bytesMax} bytes`, { bytesMax });
}
