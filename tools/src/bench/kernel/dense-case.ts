import { buildNetworkImage } from '@liquid-lln/protocol';
import type { StepWork } from '../roofline/roofline.js';
import { CaseFigures, type CaseResult, contestantNames, type Rounds } from './case-result.js';
import { contend } from './contend.js';
import { kernelSequences, kernelSteps } from './contestants/kernel.js';
import { plainJs } from './contestants/plain-js.js';
import type { KernelContext } from './context.js';
import { type CfcSizes, randomCfc } from './networks.js';
import { missingPeerFigures, peerContestants } from './peer-contestants.js';
import { addRoofline, rooflineProbes } from './roofline-figures.js';
import { randomSeries } from './series.js';
import { countSynapses } from './synapses.js';

const seed = 1;

/** A CfC without a wiring, one step at a time: the kernel, its peers, and the limits of the machine. */
export async function runDenseCase(name: string, sizes: CfcSizes, context: KernelContext): Promise<CaseResult> {
  const description = randomCfc(sizes, seed);
  const network = context.kernel.open(buildNetworkImage(description, { defaultTimeStep: 1 }));
  const series = { ...randomSeries(sizes.inputs, seed, null), sessions: 1 };
  const macs = countSynapses(description);
  const work = { macs, weightBytes: macs * 4 };
  try {
    const contestants = [
      kernelSteps(contestantNames.kernel, network, series),
      kernelSequences(contestantNames.sequence, network, series),
      ...(await peerContestants(description, series, context)),
      plainJs(contestantNames.plainJs, description, series),
    ];
    const probes = rooflineProbes(context, work.weightBytes);
    const rounds = await contend({ contestants, probes, rounds: context.rounds });
    return { figures: figuresOf(name, rounds, work), missing: missingPeerFigures(name, context) };
  } finally {
    network.close();
  }
}

function figuresOf(name: string, rounds: Rounds, work: StepWork) {
  const figures = new CaseFigures(name, rounds).addKernel();
  figures.add('ns-per-step-in-sequence', figures.summary(contestantNames.sequence).median, 'ns');
  figures.add('gmac-per-second', work.macs / figures.summary(contestantNames.kernel).median, 'GMAC/s');
  figures.addPeers();
  return addRoofline(figures, rounds, work).finish();
}
