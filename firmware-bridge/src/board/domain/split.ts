/** Header, keys and lengths of the longest message with vectors. */
const overheadBytes = 128;
/** The board's own limit of one call. */
const stepsMax = 1_024;

export interface Sizes {
  /** Of one step, in the request or in the answer, whichever is longer. */
  readonly stepBytes: number;
  /** That go along once, whatever the number of steps. */
  readonly fixedBytes: number;
}

/** How many steps fit a message of so many bytes; 0 if none does. */
export function stepsThatFit(messageBytes: number, { stepBytes, fixedBytes }: Sizes): number {
  const room = messageBytes - overheadBytes - fixedBytes;
  return Math.max(0, Math.min(stepsMax, Math.floor(room / stepBytes)));
}

/** At most so many bytes has a message with so many steps. */
export function messageBytesFor({ stepBytes, fixedBytes }: Sizes, steps: number): number {
  return overheadBytes + fixedBytes + steps * stepBytes;
}

/** What a message of a single step takes, with the state before or after it. */
export function messageBytesOf(inputSize: number, outputSize: number, stateBytes: number): number {
  return messageBytesFor({ stepBytes: Math.max(inputSize + 1, outputSize) * 4, fixedBytes: stateBytes }, 1);
}
