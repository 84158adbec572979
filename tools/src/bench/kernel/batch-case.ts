import { buildNetworkImage } from '@liquid-lln/protocol';
import { CaseFigures, type CaseResult, contestantNames } from './case-result.js';
import { contend } from './contend.js';
import { kernelBatch, kernelOneByOne } from './contestants/kernel-sessions.js';
import type { KernelContext } from './context.js';
import { randomCfc } from './networks.js';
import { missingPeerFigures, peerContestants } from './peer-contestants.js';
import { addRoofline, rooflineProbes } from './roofline-figures.js';
import { randomSeries } from './series.js';
import { countSynapses } from './synapses.js';

const sizes = { inputs: 4, units: 64, backbone: 128 };
const seed = 3;
const oneByOne = 'one-by-one';

/** Many sessions of one network, stepped together; times are those of one step of one session. */
export async function runBatchCase(name: string, sessions: number, context: KernelContext): Promise<CaseResult> {
  const description = randomCfc(sizes, seed);
  const network = context.kernel.open(buildNetworkImage(description, { defaultTimeStep: 1 }));
  const series = { ...randomSeries(sizes.inputs, seed, null), sessions };
  try {
    const contestants = [
      kernelBatch(contestantNames.kernel, network, series),
      kernelOneByOne(oneByOne, network, series),
      ...(await peerContestants(description, series, context)),
    ];
    const macs = countSynapses(description);
    const probes = rooflineProbes(context, macs * 4);
    const rounds = await contend({ contestants, probes, rounds: context.rounds });
    const figures = new CaseFigures(name, rounds).addKernel();
    figures.add('gmac-per-second', macs / figures.summary(contestantNames.kernel).median, 'GMAC/s').addPeers();
    figures.add(`ns-per-step-${oneByOne}`, figures.summary(oneByOne).median, 'ns').addRatio(oneByOne);
    addRoofline(figures, rounds, { macs, weightBytes: (macs * 4) / sessions });
    return { figures: figures.finish(), missing: missingPeerFigures(name, context) };
  } finally {
    network.close();
  }
}
