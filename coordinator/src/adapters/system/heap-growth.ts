import { setFlagsFromString } from 'node:v8';

/** By how much the heap may grow between two full collections. */
const growthPercent = 50;

/**
 * Has V8 collect garbage before the heap has grown by half. Left alone it lets a heap of this size grow to a multiple of
 * what is in use: what a burst of messages left behind stayed for minutes, at a time when little of it was needed.
 */
export function limitHeapGrowth(): void {
  setFlagsFromString(`--heap-growing-percent=${growthPercent}`);
}
