import { type Kernel, loadKernel } from '@liquid-lln/firmware-bridge';
import { buildNetworkImage, type NetworkDescription } from '@liquid-lln/protocol';
import type { Figure } from '../bench.js';
import { CaseFigures, type CaseResult } from './case-result.js';
import { contend } from './contend.js';
import { kernelSteps } from './contestants/kernel.js';
import { kernelBatch } from './contestants/kernel-sessions.js';
import type { KernelContext } from './context.js';
import { randomSeries } from './series.js';

const seed = 5;
const sessions = 256;
/** The build for processors without FMA computes it in software: tens of times slower, and nothing to choose. */
const softwareBuild = 'portable';

/** The builds of the kernel beside each other, alone and in batches: which is the fastest for which network. */
export async function runBuildsCase(
  name: string,
  networks: ReadonlyMap<string, NetworkDescription>,
  { kernel, rounds }: KernelContext,
): Promise<CaseResult> {
  const builds = kernel.variants.filter((variant) => variant !== softwareBuild);
  const kernels = builds.map((variant) => loadKernel(undefined, { variant }));
  const figures: Figure[] = [];
  for (const [label, description] of networks) {
    figures.push(...(await compareBuilds(`${name}-${label}`, description, kernels, rounds)));
  }
  return { figures, missing: [] };
}

async function compareBuilds(
  name: string,
  description: NetworkDescription,
  kernels: readonly Kernel[],
  rounds: number,
): Promise<Figure[]> {
  const image = buildNetworkImage(description, { defaultTimeStep: 1 });
  const series = randomSeries(description.inputSize, seed, description.normalisation);
  const opened = kernels.map((kernel) => ({ variant: kernel.variant, network: kernel.open(image) }));
  try {
    const contestants = opened.map(({ variant, network }) => kernelSteps(variant, network, series));
    const others = opened.map(({ variant, network }) =>
      kernelBatch(`${variant}-in-batch`, network, { ...series, sessions }),
    );
    const figures = new CaseFigures(name, await contend({ contestants, others, rounds }));
    for (const work of [...contestants, ...others]) {
      figures.add(`ns-per-step-${work.name}`, figures.summary(work.name).median, 'ns');
    }
    return figures.finish();
  } finally {
    for (const { network } of opened) network.close();
  }
}
