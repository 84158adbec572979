export type { KernelNetwork, KernelState } from './kernel/network.js';
