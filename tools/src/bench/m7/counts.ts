/** Instructions that a Cortex-M7 executes, exactly. */
export interface InstructionCounts {
  /** One step of the network. */
  readonly step: number;
  /** The product with the network's first table alone. */
  readonly multiply: number;
  /** All of the network's products as a plain loop, row by row, compiled with the same flags. */
  readonly plain: number;
}

/** Reads the lines of count_m7.c: a name and a hexadecimal number. @throws Error if one is missing */
export function parseCounts(printed: string): InstructionCounts {
  const numbers = new Map(
    [...printed.matchAll(/^(\w+) (0x[0-9a-f]+)$/gm)].map(([, name = '', digits]) => [name, Number(digits)] as const),
  );
  const countOf = (name: string): number => {
    const count = numbers.get(name);
    if (count === undefined) throw new Error(`the board did not count "${name}": ${printed}`);
    return count;
  };
  return { step: countOf('step'), multiply: countOf('multiply'), plain: countOf('plain') };
}
