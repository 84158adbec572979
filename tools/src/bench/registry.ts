import type { Bench } from './bench.js';
import { kernelBench } from './kernel/bench.js';
import { policyBench } from './policy/bench.js';

/** Every benchmark there is. */
export const benches: readonly Bench[] = [kernelBench, policyBench];
