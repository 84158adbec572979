import { measureRounds, type Probe, probeOf, type Work } from '../measure/rounds.js';
import { type Contestant, requireSameAnswers } from './contestant.js';

/** Who is measured together. */
export interface Contest {
  /** They run one network, and have to give the same answers. */
  readonly contestants: readonly Contestant[];
  /** Something else that is timed beside them. */
  readonly others?: readonly Work[];
  readonly probes?: readonly Probe[];
  readonly rounds: number;
}

/** Measures everybody in the same rounds. @throws Error if the contestants' answers differ */
export async function contend({
  contestants,
  others = [],
  probes = [],
  rounds,
}: Contest): Promise<Map<string, number[]>> {
  try {
    await requireSameAnswers(contestants);
    const timed: Probe[] = [];
    for (const work of [...contestants, ...others]) timed.push(await probeOf(work));
    return await measureRounds([...timed, ...probes], rounds);
  } finally {
    for (const contestant of contestants) await contestant.close();
  }
}
