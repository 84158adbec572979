import { isUtf8 } from 'node:buffer';
import type { ServerResponse } from 'node:http';
import { decodeCbor, encodeCbor, isLlnError, LlnError } from '@liquid-lln/protocol';
import type { BodyFormat } from '../../domain/content-type.js';
import { parseLenientJson } from '../../domain/inference-request.js';

const byteOrderMark = 0xfeff;

/** @throws LlnError INPUT_INVALID */
export function decodeBody(body: Buffer, format: BodyFormat): unknown {
  return format === 'cbor' ? decodeCborBody(body) : parseLenientJson(decodeText(body));
}

function decodeCborBody(body: Buffer): unknown {
  try {
    return decodeCbor(body, 'the body');
  } catch (cause) {
    if (isLlnError(cause, 'MESSAGE_INVALID')) throw new LlnError('INPUT_INVALID', cause.message, {}, cause);
    throw cause;
  }
}

function decodeText(body: Buffer): string {
  if (!isUtf8(body)) throw new LlnError('INPUT_INVALID', 'the body is not UTF-8 text');
  const text = body.toString();
  return text.charCodeAt(0) === byteOrderMark ? text.slice(1) : text;
}

/** Sends an answer of 200; caches are told that it depends on what was asked for. */
export function sendAnswer(response: ServerResponse, answer: object, format: BodyFormat): void {
  const body = format === 'cbor' ? encodeCbor(answer) : JSON.stringify(answer);
  response.writeHead(200, {
    'content-type': format === 'cbor' ? 'application/cbor' : 'application/json',
    'content-length': Buffer.byteLength(body),
    vary: 'accept',
  });
  response.end(body);
}
