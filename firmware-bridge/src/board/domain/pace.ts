/** How long messages may be on a line, by what became of those before. */
export interface Pace {
  readonly bytes: number;
  readonly arrivalsInRow: number;
}

export interface AttemptLimits {
  readonly minMs: number;
  readonly maxMs: number;
}

const arrivalsToGrow = 8;
/** An answer that takes so many times what is expected is not late any more: it is lost. */
const lateFactor = 3;

export function beginPace(bytes: number): Pace {
  return { bytes, arrivalsInRow: 0 };
}

/** A message of about that length was answered: after some in a row they may be twice as long. */
export function takeArrival({ bytes, arrivalsInRow }: Pace, bytesMax: number): Pace {
  if (arrivalsInRow + 1 < arrivalsToGrow) return { bytes, arrivalsInRow: arrivalsInRow + 1 };
  return beginPace(Math.min(bytesMax, bytes * 2));
}

/** A message of that length was not answered: the line may be bad, and what is shorter passes more often. */
export function takeLoss({ bytes }: Pace, bytesMin: number): Pace {
  return beginPace(Math.max(bytesMin, Math.floor(bytes / 2)));
}

/** How long to wait for an answer. */
export function attemptMsFor(expectedMs: number, { minMs, maxMs }: AttemptLimits): number {
  return Math.min(maxMs, Math.max(minMs, lateFactor * expectedMs));
}
