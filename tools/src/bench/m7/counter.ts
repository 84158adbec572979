import { boardFault, compileForBoard, runOnBoard } from './board.js';
import { type InstructionCounts, parseCounts } from './counts.js';

/** A product of a matrix and a vector. */
export interface ProductShape {
  readonly inputs: number;
  readonly outputs: number;
}

/** Counts, or says why it cannot. */
export type M7Counter =
  | { count(image: Uint8Array, products: readonly ProductShape[]): InstructionCounts }
  | { readonly fault: string };

/** Compiles the kernel with the program that counts. */
export function prepareM7Counter(): M7Counter {
  const fault = boardFault();
  if (fault !== null) return { fault };
  const program = compileForBoard('count_m7.c');
  return {
    count: (image, products) => {
      const shapes = products.flatMap(({ inputs, outputs }) => [inputs, outputs]);
      return parseCounts(runOnBoard(program, [image.length, products.length, ...shapes], image));
    },
  };
}
