import { lineCharactersMax, lineEnd, lineStarts, openPacket, packetBytesOf } from './frame.js';

/** What was thrown away so far: a figure for health, and the way to see a bad line. */
export interface Discarded {
  /** Bytes outside lines: a boot loader's text, noise. */
  readonly noiseBytes: number;
  /** Lines that are too long, or not base64, or that continue nothing. */
  readonly lines: number;
  /** Packets with a wrong length or checksum, and those that a new beginning interrupted. */
  readonly packets: number;
}

/** Where a receiver stands between two reads; bounded by a line and a packet. */
export interface DecoderState {
  /** The last byte, if it may be the first of a line's two marks. */
  readonly mark: number | null;
  readonly line: { readonly isFirst: boolean; readonly text: string } | null;
  readonly packet: Uint8Array | null;
  readonly discarded: Discarded;
}

export interface Decoded {
  readonly state: DecoderState;
  readonly messages: readonly Uint8Array[];
}

export const decoderStart: DecoderState = {
  mark: null,
  line: null,
  packet: null,
  discarded: { noiseBytes: 0, lines: 0, packets: 0 },
};

/** Longest message and checksum that a packet may hold; the messages of both sides are shorter. */
const contentBytesMax = 8_192;
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * Takes what arrived on a line. A line begins wherever its two marks stand, in the middle of noise too: every packet that
 * arrives whole is found, whatever arrives between packets.
 */
export function decodeFrames(state: DecoderState, received: Uint8Array): Decoded {
  const builder = new DecoderBuilder(state);
  for (const byte of received) builder.take(byte);
  return builder.finish();
}

class DecoderBuilder {
  #mark: number | null;
  #line: { isFirst: boolean; text: string } | null;
  #packet: Uint8Array | null;
  readonly #discarded: { noiseBytes: number; lines: number; packets: number };
  readonly #messages: Uint8Array[] = [];

  constructor({ mark, line, packet, discarded }: DecoderState) {
    this.#mark = mark;
    this.#line = line === null ? null : { ...line };
    this.#packet = packet;
    this.#discarded = { ...discarded };
  }

  finish(): Decoded {
    const state = { mark: this.#mark, line: this.#line, packet: this.#packet, discarded: this.#discarded };
    return { state, messages: this.#messages };
  }

  take(byte: number): void {
    if (this.#mark !== null && this.#beginLine(this.#mark, byte)) return;
    if (this.#mark !== null) this.#discarded.noiseBytes += 1;
    this.#mark = null;
    if (byte === lineStarts.first[0] || byte === lineStarts.further[0]) this.#takeMark(byte);
    else if (this.#line === null) this.#discarded.noiseBytes += 1;
    else if (byte === lineEnd) this.#endLine(this.#line);
    else this.#continueLine(this.#line, byte);
  }

  #beginLine(mark: number, byte: number): boolean {
    const isFirst = mark === lineStarts.first[0] && byte === lineStarts.first[1];
    if (!isFirst && !(mark === lineStarts.further[0] && byte === lineStarts.further[1])) return false;
    this.#mark = null;
    this.#line = { isFirst, text: '' };
    return true;
  }

  /** Neither mark occurs in base64: the line that was being read is not one. */
  #takeMark(byte: number): void {
    if (this.#line !== null) this.#dropLine();
    this.#mark = byte;
  }

  #continueLine(line: { text: string }, byte: number): void {
    if (line.text.length >= lineCharactersMax) this.#dropLine();
    else line.text += String.fromCharCode(byte);
  }

  #endLine({ isFirst, text }: { isFirst: boolean; text: string }): void {
    const before = isFirst ? new Uint8Array() : this.#packet;
    if (before === null || !base64.test(text)) {
      this.#dropLine();
    } else {
      this.#line = null;
      if (isFirst && this.#packet !== null) this.#discarded.packets += 1;
      this.#extendPacket(Buffer.concat([before, Buffer.from(text, 'base64')]));
    }
  }

  #extendPacket(packet: Uint8Array): void {
    const bytes = packetBytesOf(packet);
    const isPossible = bytes !== null && bytes >= 4 && bytes - 2 <= contentBytesMax && packet.length <= bytes;
    this.#packet = isPossible ? packet : null;
    if (!isPossible) this.#discarded.packets += 1;
    else if (packet.length === bytes) this.#endPacket(packet);
  }

  #endPacket(packet: Uint8Array): void {
    const message = openPacket(packet);
    this.#packet = null;
    if (message === null) this.#discarded.packets += 1;
    else this.#messages.push(message);
  }

  #dropLine(): void {
    this.#line = null;
    this.#discarded.lines += 1;
  }
}
