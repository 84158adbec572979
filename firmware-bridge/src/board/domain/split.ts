/** Header, keys and lengths of the longest message with vectors. */
const overheadBytes = 128;
/** The board's own limit of one call. */
const stepsMax = 1_024;

export interface Sizes {
  readonly messageBytesMax: number;
  /** Of one step, in the request or in the answer, whichever is longer. */
  readonly stepBytes: number;
  /** That go along once, whatever the number of steps. */
  readonly fixedBytes: number;
}

/** How many steps fit a message; 0 if none does. */
export function stepsThatFit({ messageBytesMax, stepBytes, fixedBytes }: Sizes): number {
  const room = messageBytesMax - overheadBytes - fixedBytes;
  return Math.max(0, Math.min(stepsMax, Math.floor(room / stepBytes)));
}

/** What a message of a single step takes, with the state before or after it. */
export function messageBytesOf(inputSize: number, outputSize: number, stateBytes: number): number {
  return overheadBytes + Math.max(inputSize + 1, outputSize) * 4 + stateBytes;
}

export interface Part {
  readonly start: number;
  readonly steps: number;
}

/** The parts of a sequence, in order: at most `partMax` steps each, and at most `lastMax` in the last one. */
export function splitSteps(steps: number, partMax: number, lastMax: number = partMax): Part[] {
  const parts: Part[] = [];
  for (let start = 0; start < steps; ) {
    const rest = steps - start;
    const count = rest <= lastMax ? rest : Math.min(partMax, rest - 1);
    parts.push({ start, steps: count });
    start += count;
  }
  return parts;
}
