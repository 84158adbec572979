import type { Bench, BenchOutcome, BenchRequest, Figure, MissingFigure } from '../bench.js';
import { kernelCases } from './cases.js';
import { type KernelContext, prepareContext } from './context.js';
import { renderFigures } from './table.js';

/** The kernel against the runtimes that one would otherwise take, and against the limits of the machine. */
export const kernelBench: Bench = {
  name: 'kernel',
  summary: 'time of one step, against onnxruntime-node, TensorFlow.js, plain JavaScript and the roofline',
  cases: kernelCases.map(({ name }) => name),
  run,
};

async function run({ cases, say }: BenchRequest): Promise<BenchOutcome> {
  const context = await prepareContext(say);
  const figures: Figure[] = [];
  const missing: MissingFigure[] = [];
  for (const kernelCase of kernelCases) {
    const { name } = kernelCase;
    if (cases.length > 0 && !cases.includes(name)) continue;
    say(`... ${name}`);
    const result = await kernelCase.run(context);
    figures.push(...result.figures);
    missing.push(...result.missing);
  }
  return { figures, missing, text: `${describeVersions(context)}\n${renderFigures(figures)}` };
}

function describeVersions({ kernel, runtimes }: KernelContext): string {
  const others = 'fault' in runtimes ? 'nothing to compare with' : runtimes.peers.versions();
  return `kernel ${kernel.version}, build ${kernel.variant}; ${others}`;
}
