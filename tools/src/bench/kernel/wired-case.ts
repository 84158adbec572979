import type { KernelNetwork } from '@liquid-lln/firmware-bridge';
import { buildNetworkImage, type NetworkDescription } from '@liquid-lln/protocol';
import { CaseFigures, type CaseResult, contestantNames } from './case-result.js';
import { contend } from './contend.js';
import { kernelSteps } from './contestants/kernel.js';
import { kernelBatch } from './contestants/kernel-sessions.js';
import type { KernelContext } from './context.js';
import { criticalPathOf } from './critical-path.js';
import { withoutWiring } from './networks.js';
import { missingPeerFigures, peerContestants } from './peer-contestants.js';
import { randomSeries, type Series } from './series.js';
import { countSynapses } from './synapses.js';

const seed = 2;
/** Enough that steps of different sessions fill the times in which one session waits for itself. */
const batchSessions = 256;
const batchNames = { wired: 'kernel-batch', dense: 'dense-batch' } as const;

/** A trained network with a wiring, against its peers and against the same number of units without a wiring. */
export async function runWiredCase(
  name: string,
  wired: NetworkDescription,
  context: KernelContext,
): Promise<CaseResult> {
  const dense = withoutWiring(wired, seed);
  const series = randomSeries(wired.inputSize, seed, wired.normalisation);
  const networks = [wired, dense].map((one) => context.kernel.open(buildNetworkImage(one, { defaultTimeStep: 1 })));
  try {
    const rounds = await runRounds(networks, wired, series, context);
    const figures = new CaseFigures(name, rounds).addKernel().addPeers();
    figures.add('ns-per-step-dense', figures.summary('dense').median, 'ns').addRatio('dense');
    figures.add('ns-per-step-in-batch', figures.summary(batchNames.wired).median, 'ns');
    figures.addRatio(batchNames.dense, 'ratio-to-dense-in-batch', batchNames.wired);
    figures.add('synapses-share-of-dense', countSynapses(wired) / countSynapses(dense), '1');
    addCriticalPath(figures, '', wired);
    addCriticalPath(figures, '-dense', dense);
    return { figures: figures.finish(), missing: missingPeerFigures(name, context) };
  } finally {
    for (const network of networks) network.close();
  }
}

async function runRounds(
  [wired, dense]: readonly KernelNetwork[],
  description: NetworkDescription,
  series: Series,
  context: KernelContext,
) {
  if (wired === undefined || dense === undefined) throw new Error('a wired case has two networks');
  const one = { ...series, sessions: 1 };
  const many = { ...series, sessions: batchSessions };
  const contestants = [
    kernelSteps(contestantNames.kernel, wired, one),
    ...(await peerContestants(description, one, context)),
  ];
  const others = [
    kernelSteps('dense', dense, one),
    kernelBatch(batchNames.wired, wired, many),
    kernelBatch(batchNames.dense, dense, many),
  ];
  return contend({ contestants, others, rounds: context.rounds });
}

function addCriticalPath(figures: CaseFigures, suffix: string, network: NetworkDescription): void {
  const path = criticalPathOf(network);
  if (path === null) return;
  figures.add(`critical-multiply-adds${suffix}`, path.multiplyAdds, '1');
  figures.add(`critical-activations${suffix}`, path.activations, '1');
}
