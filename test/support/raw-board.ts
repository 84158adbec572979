import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { join } from 'node:path';
import { projectRoot } from './shared.js';

const program = join(projectRoot, 'firmware-bridge/build/liquid-lln-board-posix');
const lineBytes = 93;
const timeoutMs = 10_000;

/** What a run of the posix board's program came to. */
export interface BoardExit {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface BoardProcess {
  readonly process: ChildProcess;
  /** At its end. */
  readonly exit: Promise<BoardExit>;
}

/** Starts the posix board; waits until its line is there or the program has ended. */
export async function startBoard(args: readonly string[]): Promise<BoardProcess> {
  const process = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  process.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const exit = once(process, 'close').then(() => ({ status: process.exitCode, stdout, stderr }));
  const ready = new Promise<void>((resolve) => {
    process.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      resolve();
    });
  });
  await Promise.race([ready, exit]);
  return { process, exit };
}

/** CRC-16/XMODEM, bit by bit. */
function crc16(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = ((crc << 1) ^ ((crc & 0x8000) === 0 ? 0 : 0x1021)) & 0xffff;
  }
  return crc;
}

/** A message as it travels: the test's own reading of docs/spec/board.md, 1. */
export function frameOf(message: Uint8Array): Buffer {
  const packet = Buffer.alloc(message.length + 4);
  packet.writeUInt16BE(message.length + 2, 0);
  packet.set(message, 2);
  packet.writeUInt16BE(crc16(message), message.length + 2);
  const lines: Buffer[] = [];
  for (let at = 0; at < packet.length; at += lineBytes) {
    const text = packet.subarray(at, at + lineBytes).toString('base64');
    lines.push(Buffer.from(at === 0 ? [6, 9] : [4, 20]), Buffer.from(`${text}\n`));
  }
  return Buffer.concat(lines);
}

/** Whole messages in what has arrived, checked. */
export function messagesIn(text: Buffer): Buffer[] {
  const messages: Buffer[] = [];
  let packet = Buffer.alloc(0);
  for (const line of text.toString('latin1').split('\n').slice(0, -1)) {
    const bytes = Buffer.from(line.slice(2), 'base64');
    packet = line.startsWith('\x06\x09') ? bytes : Buffer.concat([packet, bytes]);
    if (packet.length < 2 || packet.length !== packet.readUInt16BE(0) + 2) continue;
    const message = packet.subarray(2, -2);
    if (crc16(message) !== packet.readUInt16BE(packet.length - 2)) throw new Error('an answer has a wrong checksum');
    messages.push(Buffer.from(message));
  }
  return messages;
}

/** A request of the second version. `payload` is CBOR in hexadecimal digits. */
export function requestOf(operation: 0 | 2, group: number, command: number, payload = 'a0', sequence = 1): Buffer {
  const body = Buffer.from(payload, 'hex');
  const header = Buffer.from([operation | 8, 0, 0, body.length, 0, group, sequence, command]);
  return Buffer.concat([header, body]);
}

/** The unsigned number that follows a key in an answer. */
export function numberAfter(answer: Buffer, key: string): number {
  const at = answer.indexOf(Buffer.concat([Buffer.from([0x60 + key.length]), Buffer.from(key)])) + 1 + key.length;
  const first = answer[at] ?? 0xff;
  if (first < 24) return first;
  if (first > 0x1b) throw new Error(`there is no number ${key}`);
  const bytes = 2 ** (first - 24);
  return bytes === 8 ? Number(answer.readBigUInt64BE(at + 1)) : answer.readUIntBE(at + 1, bytes);
}

/** A connection to a board's socket. */
export class RawLine {
  readonly #socket: Socket;
  #received = Buffer.alloc(0);

  constructor(path: string) {
    this.#socket = createConnection(path);
    this.#socket.on('data', (bytes) => {
      this.#received = Buffer.concat([this.#received, bytes]);
    });
  }

  /** Sends bytes as they are. */
  send(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** Sends a message and waits for the next one. */
  async ask(message: Uint8Array): Promise<Buffer> {
    this.#received = Buffer.alloc(0);
    this.send(frameOf(message));
    const endMs = performance.now() + timeoutMs;
    for (;;) {
      const [answer] = messagesIn(this.#received);
      if (answer !== undefined) return answer;
      if (performance.now() > endMs) throw new Error('the board does not answer');
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  close(): void {
    this.#socket.destroy();
  }
}
