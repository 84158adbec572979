import { buildNetworkImage, type NetworkDescription } from '@liquid-lln/protocol';
import type { Figure } from '../bench.js';
import type { M7Counter, ProductShape } from '../m7/counter.js';
import type { InstructionCounts } from '../m7/counts.js';
import type { CaseResult } from './case-result.js';
import { type CfcSizes, randomCfc, withoutWiring } from './networks.js';
import { countSynapses } from './synapses.js';

const seed = 4;

/** What of the counts a case is about. It may `count` other networks too. */
type FiguresOf = (
  counts: InstructionCounts,
  count: (network: NetworkDescription) => InstructionCounts,
) => [metric: string, value: number, unit: string][];

/** The product of a square matrix and a vector alone, beside a plain loop. */
export function runM7Product(name: string, size: number, counter: M7Counter): CaseResult {
  const network = randomCfc({ inputs: size / 2, units: size / 2, backbone: size }, seed);
  const macs = size * size;
  return runM7(name, network, [{ inputs: size, outputs: size }], counter, ({ multiply, plain }) => [
    ['instructions-per-mac', multiply / macs, '1/MAC'],
    ['instructions-per-mac-plain', plain / macs, '1/MAC'],
    ['instructions', multiply, '1'],
  ]);
}

/** A step of a CfC without a wiring; the plain loop does its products only. */
export function runM7Cfc(name: string, sizes: CfcSizes, counter: M7Counter): CaseResult {
  const { inputs, units, backbone } = sizes;
  const network = randomCfc(sizes, seed);
  const products = [
    { inputs: inputs + units, outputs: backbone },
    { inputs: backbone, outputs: 4 * units },
  ];
  const macs = countSynapses(network);
  return runM7(name, network, products, counter, ({ step, plain }) => [
    ['instructions-per-step', step, '1'],
    ['instructions-per-mac', step / macs, '1/MAC'],
    ['instructions-per-step-plain-products', plain, '1'],
  ]);
}

/** A step of a network of any kind. */
export function runM7Network(name: string, network: NetworkDescription, counter: M7Counter): CaseResult {
  return runM7(name, network, [], counter, ({ step }) => [['instructions-per-step', step, '1']]);
}

/** The same beside as many units without a wiring, where nothing but the number of instructions plays a role. */
export function runM7Wired(name: string, wired: NetworkDescription, counter: M7Counter): CaseResult {
  return runM7(name, wired, [], counter, ({ step }, count) => {
    const dense = count(withoutWiring(wired, seed)).step;
    return [
      ['instructions-per-step', step, '1'],
      ['instructions-per-step-dense', dense, '1'],
      ['ratio-to-dense', dense / step, 'x'],
    ];
  });
}

function runM7(
  name: string,
  network: NetworkDescription,
  products: readonly ProductShape[],
  counter: M7Counter,
  figuresOf: FiguresOf,
): CaseResult {
  if ('fault' in counter) {
    return { figures: [], missing: [{ case: name, metric: 'instructions', reason: counter.fault }] };
  }
  const count = (one: NetworkDescription) => counter.count(buildNetworkImage(one, { defaultTimeStep: 1 }), products);
  const figures = figuresOf(count(network), count).map(([metric, value, unit]): Figure => {
    return { case: name, metric, value: Number.isInteger(value) ? value : Number(value.toFixed(3)), unit };
  });
  return { figures, missing: [] };
}
