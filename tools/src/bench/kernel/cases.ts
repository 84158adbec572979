import type { CaseResult } from './case-result.js';
import type { KernelContext } from './context.js';
import { runDenseCase } from './dense-case.js';
import { runWiredCase } from './wired-case.js';

type RunCase = (context: KernelContext) => Promise<CaseResult>;

/** Every case by its name, in the order of the table. */
export const kernelCases: Readonly<Record<string, RunCase>> = {
  'cfc-4-16-32': (context) => runDenseCase('cfc-4-16-32', { inputs: 4, units: 16, backbone: 32 }, context),
  'cfc-4-64-128': (context) => runDenseCase('cfc-4-64-128', { inputs: 4, units: 64, backbone: 128 }, context),
  'cfc-8-256-256': (context) => runDenseCase('cfc-8-256-256', { inputs: 8, units: 256, backbone: 256 }, context),
  'autoncp-20-4-cfc': (context) => runWiredCase('autoncp-20-4-cfc', 'occupancy-cfc', context),
  'autoncp-20-4-ltc': (context) => runWiredCase('autoncp-20-4-ltc', 'occupancy-ltc', context),
};
