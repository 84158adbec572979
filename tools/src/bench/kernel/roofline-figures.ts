import type { Probe } from '../measure/rounds.js';
import { ratiosOf, summarize } from '../measure/statistics.js';
import { attainableNs, multiplyProbe, readProbe, type StepWork } from '../roofline/roofline.js';
import { type CaseFigures, contestantNames, type Rounds } from './case-result.js';
import type { KernelContext } from './context.js';

/** What has to be measured in the same rounds, for `addRoofline`. */
export function rooflineProbes({ roofline }: KernelContext, residentBytes: number): Probe[] {
  return [multiplyProbe(roofline), readProbe(roofline, residentBytes)];
}

/** The limits of the machine and the kernel's share of them, round by round: what slows a round down lowers its roof. */
export function addRoofline(figures: CaseFigures, rounds: Rounds, work: StepWork): CaseFigures {
  const read = rounds.get('read') ?? [];
  const attainable = (rounds.get('multiply') ?? []).map((macsPerNs, round) =>
    attainableNs(work, { macsPerNs, bytesPerNs: read[round] ?? Number.NaN }),
  );
  figures
    .add('peak-gmac-per-second', figures.summary('multiply').median, 'GMAC/s')
    .add('read-gigabytes-per-second', figures.summary('read').median, 'GB/s')
    .add('roofline-ns-per-step', summarize(attainable).median, 'ns');
  const shareOf = (contestant: string) => summarize(ratiosOf(attainable, rounds.get(contestant) ?? [])).median;
  figures.add('roofline-share', shareOf(contestantNames.kernel), '1');
  if (rounds.has(contestantNames.sequence)) {
    figures.add('roofline-share-in-sequence', shareOf(contestantNames.sequence), '1');
  }
  return figures;
}
