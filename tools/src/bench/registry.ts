import { accuracyBench } from './accuracy/bench.js';
import { agentBench } from './agent/bench.js';
import { analysisBench } from './analysis/bench.js';
import type { Bench } from './bench.js';
import { firmwareBench } from './firmware/bench.js';
import { fleetBench } from './fleet/bench.js';
import { httpBench } from './http/bench.js';
import { kernelBench } from './kernel/bench.js';
import { kernelSizeBench } from './kernel-size/bench.js';
import { linkBench } from './link/bench.js';
import { policyBench } from './policy/bench.js';
import { soakBench } from './soak/bench.js';

/** Every benchmark there is. */
export const benches: readonly Bench[] = [
  kernelBench,
  kernelSizeBench,
  accuracyBench,
  firmwareBench,
  linkBench,
  policyBench,
  analysisBench,
  httpBench,
  agentBench,
  soakBench,
  fleetBench,
];
