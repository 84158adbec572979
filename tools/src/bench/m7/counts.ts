import { parseNumbers } from './numbers.js';

/** Instructions that a Cortex-M7 executes, exactly. */
export interface InstructionCounts {
  /** One step of the network. */
  readonly step: number;
  /** The product with the network's first table alone. */
  readonly multiply: number;
  /** All of the network's products as a plain loop, row by row, compiled with the same flags. */
  readonly plain: number;
}

/** Reads what count_m7.c prints. @throws Error if something is missing */
export function parseCounts(printed: string): InstructionCounts {
  const numberOf = parseNumbers(printed);
  return { step: numberOf('step'), multiply: numberOf('multiply'), plain: numberOf('plain') };
}
