import type { KernelNetwork } from '@liquid-lln/firmware-bridge';
import { buildNetworkImage, type NetworkDescription } from '@liquid-lln/protocol';
import { CaseFigures, type CaseResult, contestantNames } from './case-result.js';
import { contend } from './contend.js';
import { kernelSteps } from './contestants/kernel.js';
import type { KernelContext } from './context.js';
import { withoutWiring } from './networks.js';
import { missingPeerFigures, peerContestants } from './peer-contestants.js';
import { randomSeries, type SessionSeries } from './series.js';
import { countSynapses } from './synapses.js';

const seed = 2;

/** A trained network with a wiring, against its peers and against the same number of units without a wiring. */
export async function runWiredCase(
  name: string,
  wired: NetworkDescription,
  context: KernelContext,
): Promise<CaseResult> {
  const dense = withoutWiring(wired, seed);
  const series = { ...randomSeries(wired.inputSize, seed, wired.normalisation), sessions: 1 };
  const networks = [wired, dense].map((one) => context.kernel.open(buildNetworkImage(one, { defaultTimeStep: 1 })));
  try {
    const rounds = await runRounds(networks, wired, series, context);
    const figures = new CaseFigures(name, rounds).addKernel().addPeers();
    figures.add('ns-per-step-dense', figures.summary('dense').median, 'ns').addRatio('dense');
    figures.add('synapses-share-of-dense', countSynapses(wired) / countSynapses(dense), '1');
    return { figures: figures.finish(), missing: missingPeerFigures(name, context) };
  } finally {
    for (const network of networks) network.close();
  }
}

async function runRounds(
  [wired, dense]: readonly KernelNetwork[],
  description: NetworkDescription,
  series: SessionSeries,
  context: KernelContext,
) {
  if (wired === undefined || dense === undefined) throw new Error('a wired case has two networks');
  const contestants = [
    kernelSteps(contestantNames.kernel, wired, series),
    ...(await peerContestants(description, series, context)),
  ];
  return contend({ contestants, others: [kernelSteps('dense', dense, series)], rounds: context.rounds });
}
