import { decodeCbor, encodeCbor, LlnError } from '@liquid-lln/protocol';

/** The two versions of SMP: they differ in how a failure is answered. */
export type SmpVersion = 0 | 1;
export type SmpOperation = 'read' | 'read-answer' | 'write' | 'write-answer';

/** A message of docs/spec/board.md, section 2. */
export interface SmpMessage {
  readonly operation: SmpOperation;
  readonly version: SmpVersion;
  readonly group: number;
  readonly sequence: number;
  readonly command: number;
  readonly payload: Readonly<Record<string, unknown>>;
}

export const headerBytes = 8;
const operations: readonly SmpOperation[] = ['read', 'read-answer', 'write', 'write-answer'];

export function encodeSmp(message: SmpMessage): Uint8Array {
  const payload = encodeCbor(message.payload);
  const bytes = Buffer.alloc(headerBytes + payload.length);
  bytes[0] = operations.indexOf(message.operation) | (message.version << 3);
  bytes.writeUInt16BE(payload.length, 2);
  bytes.writeUInt16BE(message.group, 4);
  bytes[6] = message.sequence;
  bytes[7] = message.command;
  bytes.set(payload, headerBytes);
  return bytes;
}

/** @throws LlnError MESSAGE_INVALID */
export function decodeSmp(bytes: Uint8Array): SmpMessage {
  if (bytes.length < headerBytes) throw invalid(`has ${bytes.length} bytes, fewer than its header`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const first = view.getUint8(0);
  const operation = operations[first & 0x07];
  const version = (first >> 3) & 0x03;
  if (operation === undefined || version > 1 || first > 0x1f) throw invalid(`begins with ${first}`);
  const payloadBytes = view.getUint16(2);
  if (payloadBytes !== bytes.length - headerBytes) throw invalid(`has ${bytes.length} bytes and says ${payloadBytes}`);
  return {
    operation,
    version: version === 0 ? 0 : 1,
    group: view.getUint16(4),
    sequence: view.getUint8(6),
    command: view.getUint8(7),
    payload: decodePayload(bytes.subarray(headerBytes)),
  };
}

function decodePayload(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  const value = decodeCbor(bytes, 'the payload of an SMP message');
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)) {
    return Object.fromEntries(Object.entries(value));
  }
  throw invalid('has a payload that is not a map');
}

function invalid(what: string): LlnError {
  return new LlnError('MESSAGE_INVALID', `an SMP message ${what}`);
}
