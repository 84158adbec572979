import { buildNetworkImage } from '@liquid-lln/protocol';
import { ratiosOf, summarize } from '../measure/statistics.js';
import { attainableNs, multiplyProbe, readProbe, type StepWork } from '../roofline/roofline.js';
import { CaseFigures, type CaseResult, contestantNames, type Rounds } from './case-result.js';
import { contend } from './contend.js';
import { kernelSequences, kernelSteps } from './contestants/kernel.js';
import { plainJs } from './contestants/plain-js.js';
import type { KernelContext } from './context.js';
import { type CfcSizes, randomCfc } from './networks.js';
import { missingPeerFigures, peerContestants } from './peer-contestants.js';
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
    const probes = [multiplyProbe(context.roofline), readProbe(context.roofline, work.weightBytes)];
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

/** The share is taken round by round: what slows the machine down lowers its roof as well. */
function addRoofline(figures: CaseFigures, rounds: Rounds, work: StepWork): CaseFigures {
  const read = rounds.get('read') ?? [];
  const attainable = (rounds.get('multiply') ?? []).map((macsPerNs, round) =>
    attainableNs(work, { macsPerNs, bytesPerNs: read[round] ?? Number.NaN }),
  );
  const share = ratiosOf(attainable, rounds.get(contestantNames.kernel) ?? []);
  const shareInSequence = ratiosOf(attainable, rounds.get(contestantNames.sequence) ?? []);
  return figures
    .add('peak-gmac-per-second', figures.summary('multiply').median, 'GMAC/s')
    .add('read-gigabytes-per-second', figures.summary('read').median, 'GB/s')
    .add('roofline-ns-per-step', summarize(attainable).median, 'ns')
    .add('roofline-share', summarize(share).median, '1')
    .add('roofline-share-in-sequence', summarize(shareInSequence).median, '1');
}
