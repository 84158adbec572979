import { runBatchCase } from './batch-case.js';
import { runBuildsCase } from './builds-case.js';
import type { CaseResult } from './case-result.js';
import type { KernelContext } from './context.js';
import { runDenseCase } from './dense-case.js';
import { readExample } from './example.js';
import { runM7Cfc, runM7Network, runM7Product, runM7Wired } from './m7-case.js';
import { type CfcSizes, randomCfc } from './networks.js';
import { runWiredCase } from './wired-case.js';

export interface KernelCase {
  readonly name: string;
  run(context: KernelContext): CaseResult | Promise<CaseResult>;
}

const small: CfcSizes = { inputs: 4, units: 16, backbone: 32 };
const medium: CfcSizes = { inputs: 4, units: 64, backbone: 128 };
const large: CfcSizes = { inputs: 8, units: 256, backbone: 256 };

/** Every case, in the order of the table. */
export const kernelCases: readonly KernelCase[] = [
  dense('cfc-4-16-32', small),
  dense('cfc-4-64-128', medium),
  dense('cfc-8-256-256', large),
  wired('autoncp-20-4-cfc', 'occupancy-cfc'),
  wired('autoncp-20-4-ltc', 'occupancy-ltc'),
  { name: 'batch-256', run: (context) => runBatchCase('batch-256', 256, context) },
  { name: 'builds', run: (context) => runBuildsCase('builds', buildNetworks(), context) },
  { name: 'm7-dense-64x64', run: ({ m7 }) => runM7Product('m7-dense-64x64', 64, m7()) },
  m7Cfc('m7-cfc-4-16-32', small),
  m7Cfc('m7-cfc-4-64-128', medium),
  m7Cfc('m7-cfc-4-128-128', { inputs: 4, units: 128, backbone: 128 }),
  m7Cfc('m7-cfc-8-256-256', large),
  m7Wired('m7-occupancy-cfc', 'occupancy-cfc'),
  m7Wired('m7-occupancy-ltc', 'occupancy-ltc'),
  m7Example('m7-occupancy-cfc-slow', 'occupancy-cfc-slow'),
];

function dense(name: string, sizes: CfcSizes): KernelCase {
  return { name, run: (context) => runDenseCase(name, sizes, context) };
}

function wired(name: string, example: string): KernelCase {
  return { name, run: (context) => runWiredCase(name, readExample(example), context) };
}

function m7Cfc(name: string, sizes: CfcSizes): KernelCase {
  return { name, run: ({ m7 }) => runM7Cfc(name, sizes, m7()) };
}

function m7Wired(name: string, example: string): KernelCase {
  return { name, run: ({ m7 }) => runM7Wired(name, readExample(example), m7()) };
}

function m7Example(name: string, example: string): KernelCase {
  return { name, run: ({ m7 }) => runM7Network(name, readExample(example), m7()) };
}

/** The networks of the other cases, by which the builds are compared. */
function buildNetworks() {
  return new Map([
    ['cfc-4-16-32', randomCfc(small, 1)],
    ['cfc-4-64-128', randomCfc(medium, 1)],
    ['cfc-8-256-256', randomCfc(large, 1)],
    ['autoncp-20-4-cfc', readExample('occupancy-cfc')],
    ['autoncp-20-4-ltc', readExample('occupancy-ltc')],
  ]);
}
