/**
 * Follows the framing of an MQTT byte stream just far enough to know how long the packets are that it announces. A
 * parser collects a packet before anybody can look at it, so a limit has to hold before the parser.
 */
export class PacketSizeGuard {
  readonly #bytesMax: number;
  /** Bytes of the current packet's body that are still to come. */
  #bodyLeft = 0;
  /** The length field as far as it has been read; null outside of it. */
  #length: { value: number; factor: number } | null = null;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Whether everything announced so far, `data` included, keeps to the limit. */
  accepts(data: Uint8Array): boolean {
    for (let index = 0; index < data.length; ) {
      if (this.#bodyLeft > 0) {
        const skipped = Math.min(this.#bodyLeft, data.length - index);
        this.#bodyLeft -= skipped;
        index += skipped;
      } else {
        if (!this.#takeHeaderByte(data[index] ?? 0)) return false;
        index += 1;
      }
    }
    return true;
  }

  /** First the type, then one to four bytes of length with seven bits each, the lowest first. */
  #takeHeaderByte(byte: number): boolean {
    if (this.#length === null) {
      this.#length = { value: 0, factor: 1 };
      return true;
    }
    this.#length.value += (byte & 0x7f) * this.#length.factor;
    this.#length.factor *= 128;
    if (this.#length.value > this.#bytesMax || this.#length.factor > 128 ** 4) return false;
    if ((byte & 0x80) === 0) {
      this.#bodyLeft = this.#length.value;
      this.#length = null;
    }
    return true;
  }
}
