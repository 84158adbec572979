/** Bytes of the argument after a head, by the head's low five bits (RFC 8949, 3). */
const argumentBytes: Readonly<Record<number, number>> = { 24: 1, 25: 2, 26: 4, 27: 8 };

const byteString = 2;
const textString = 3;
const tag = 6;

/**
 * Whether CBOR holds a tag anywhere. Items follow each other whatever they are nested in, so one pass over their heads
 * is enough; what is not well-formed is left to the decoder.
 */
export function hasCborTag(data: Uint8Array): boolean {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  for (let at = 0; at < data.length; ) {
    const head = view.getUint8(at);
    const major = head >> 5;
    if (major === tag) return true;
    const bytes = argumentBytes[head & 31] ?? 0;
    const isString = major === byteString || major === textString;
    if (isString && at + bytes >= data.length) return false;
    at += 1 + bytes + (isString ? lengthAt(view, at, bytes) : 0);
  }
  return false;
}

/** How many bytes a string has; none of its own where its length is not known yet. */
function lengthAt(view: DataView, at: number, bytes: number): number {
  switch (bytes) {
    case 1:
      return view.getUint8(at + 1);
    case 2:
      return view.getUint16(at + 1);
    case 4:
      return view.getUint32(at + 1);
    case 8:
      return Number(view.getBigUint64(at + 1));
    default: {
      const length = view.getUint8(at) & 31;
      return length < 24 ? length : 0;
    }
  }
}
