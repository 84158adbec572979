import type { Bench, BenchOutcome, BenchRequest, Figure } from '../bench.js';
import { type BoardProgram, boardFault, compileForBoard } from '../m7/board.js';
import { measureFlash, measureNetwork, type NetworkSize } from './measure.js';
import { sizedNetworks } from './networks.js';
import { renderFlash, renderNetworks } from './table.js';

const flashCase = 'flash';
const networkMetrics: readonly { readonly metric: string; readonly key: keyof NetworkSize }[] = [
  { metric: 'image', key: 'image' },
  { metric: 'scratch', key: 'scratch' },
  { metric: 'state', key: 'state' },
  { metric: 'network', key: 'network' },
  { metric: 'stack-open', key: 'stackOpen' },
  { metric: 'stack-step', key: 'stackStep' },
  { metric: 'stack-sequence', key: 'stackSequence' },
];

/** Flash, RAM and stack of the kernel on a Cortex-M7. */
export const kernelSizeBench: Bench = {
  name: 'kernel-size',
  summary: 'flash, RAM and stack of the kernel and of networks of every cell on an emulated Cortex-M7',
  cases: [flashCase, ...sizedNetworks.keys()],
  run,
};

async function run({ cases, say }: BenchRequest): Promise<BenchOutcome> {
  const isWanted = (name: string) => cases.length === 0 || cases.includes(name);
  const fault = boardFault();
  if (fault !== null) return missingOutcome(kernelSizeBench.cases.filter(isWanted), fault);
  const program = compileForBoard('size_m7.c');
  const flash = isWanted(flashCase) ? measureFlash(program) : [];
  const sizes = measureNetworks(program, [...sizedNetworks.keys()].filter(isWanted), say);
  const figures = [...flashFigures(flash), ...sizes.flatMap(({ name, size }) => networkFigures(name, size))];
  const tables = [
    ...(flash.length === 0 ? [] : [renderFlash(flash)]),
    ...(sizes.length === 0 ? [] : [renderNetworks(sizes)]),
  ];
  return { figures, missing: [], text: tables.join('\n') };
}

function missingOutcome(names: readonly string[], reason: string): BenchOutcome {
  return { figures: [], missing: names.map((name) => ({ case: name, metric: 'bytes', reason })), text: '' };
}

function measureNetworks(program: BoardProgram, names: readonly string[], say: BenchRequest['say']) {
  return names.flatMap((name) => {
    say(`... ${name}`);
    const describe = sizedNetworks.get(name);
    return describe === undefined ? [] : [{ name, size: measureNetwork(program, describe()) }];
  });
}

function flashFigures(flash: ReturnType<typeof measureFlash>): Figure[] {
  const figures = flash.map(({ file, bytes }) => ({ case: flashCase, metric: file, value: bytes, unit: 'B' }));
  const total = flash.reduce((sum, { bytes }) => sum + bytes, 0);
  return flash.length === 0 ? [] : [...figures, { case: flashCase, metric: 'total', value: total, unit: 'B' }];
}

function networkFigures(name: string, size: NetworkSize): Figure[] {
  return networkMetrics.map(({ metric, key }) => ({ case: name, metric, value: size[key], unit: 'B' }));
}
