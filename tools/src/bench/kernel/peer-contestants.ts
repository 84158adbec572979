import type { NetworkDescription } from '@liquid-lln/protocol';
import type { MissingFigure } from '../bench.js';
import { contestantNames } from './case-result.js';
import type { Contestant } from './contestant.js';
import { onnxruntime } from './contestants/onnxruntime.js';
import { tfjs } from './contestants/tfjs.js';
import type { KernelContext } from './context.js';
import type { SessionSeries } from './series.js';

/** The other runtimes with a network. */
export async function peerContestants(
  network: NetworkDescription,
  series: SessionSeries,
  { runtimes }: KernelContext,
): Promise<Contestant[]> {
  if ('fault' in runtimes) return [];
  return [
    await onnxruntime(contestantNames.onnxruntime, network, series, runtimes.peers),
    tfjs(contestantNames.tfjs, network, series, runtimes.tf),
  ];
}

/** The figures that a case lacks without the other runtimes. */
export function missingPeerFigures(name: string, { runtimes }: KernelContext): MissingFigure[] {
  if (!('fault' in runtimes)) return [];
  const reason = `the runtimes to compare with are not there: ${runtimes.fault}`;
  return [contestantNames.onnxruntime, contestantNames.tfjs].map((peer) => ({
    case: name,
    metric: `ratio-to-${peer}`,
    reason,
  }));
}
