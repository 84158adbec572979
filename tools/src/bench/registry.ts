import { agentBench } from './agent/bench.js';
import type { Bench } from './bench.js';
import { httpBench } from './http/bench.js';
import { kernelBench } from './kernel/bench.js';

/** Every benchmark there is. */
export const benches: readonly Bench[] = [agentBench, httpBench, kernelBench];
