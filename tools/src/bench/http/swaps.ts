import type { Figure } from '../bench.js';
import { quantileOf } from '../measure/statistics.js';
import { type AgentContestant, benchPackages } from './contestants.js';
import { type Answer, PacedClient } from './paced-client.js';

const swapsWanted = 50;
const ratePerSecond = 500;
/** What a swap could disturb: reading the package, opening it, the first steps with cold caches. */
const nearMs = 250;

/** Swaps two packages to and fro under a steady load, and holds the requests around each swap against the others. */
export async function measureSwaps(agent: AgentContestant, say: (line: string) => void): Promise<Figure[]> {
  const client = new PacedClient(agent.url, ratePerSecond);
  try {
    for (let swap = 0; swap < swapsWanted; swap++) {
      const next = benchPackages[swap % benchPackages.length];
      if (next !== undefined) await agent.deploy(next);
      if ((swap + 1) % 10 === 0) say(`... ${swap + 1} swaps`);
    }
  } finally {
    await client.stop();
  }
  if (client.failures.length > 0) throw new Error(`${client.failures.length} requests failed: ${client.failures[0]}`);
  return swapFigures(client.answers);
}

/** @throws Error if fewer swaps were seen than were made */
export function swapFigures(answers: readonly Answer[]): Figure[] {
  const inOrder = [...answers].sort((a, b) => a.dueMs - b.dueMs);
  const swaps = inOrder.filter(({ digest }, index) => index > 0 && inOrder[index - 1]?.digest !== digest);
  if (swaps.length < swapsWanted) throw new Error(`${swaps.length} swaps were seen, not ${swapsWanted}`);
  const isNear = ({ dueMs }: Answer) => swaps.some((swap) => Math.abs(swap.dueMs - dueMs) <= nearMs);
  const times = (wanted: boolean) =>
    Float64Array.from(inOrder.filter((answer) => isNear(answer) === wanted).map(({ tookMs }) => tookMs)).sort();
  const [near, away] = [times(true), times(false)];
  const row = (metric: string, value: number, unit: string) => ({ case: 'swaps', metric, value: round(value), unit });
  return [
    row('swaps', swaps.length, '1'),
    row('requests', inOrder.length, '1'),
    row('requests-failed', 0, '1'),
    row('p99-near-a-swap', quantileOf(near, 0.99), 'ms'),
    row('p99-away-from-swaps', quantileOf(away, 0.99), 'ms'),
    row('longest-near-a-swap', quantileOf(near, 1), 'ms'),
    row('longest-away-from-swaps', quantileOf(away, 1), 'ms'),
  ];
}

function round(value: number): number {
  return Number(value.toPrecision(6));
}
