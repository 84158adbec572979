import type { Command } from 'commander';
import { registerDecision } from '../online/decide-rollout.js';

/** `liquid-lln promote`: passes the wave that is out, on somebody's word, where its gate neither passes nor fails. */
export function register(program: Command): void {
  const description = 'pass the wave that is out although its gate holds it; never one that failed';
  registerDecision(program, 'promote', description, async ({ client }, decision) => {
    // The wave is named, so that a second promotion does not pass the next one.
    const { rollout } = await client.request({ kind: 'rollout', rolloutId: decision.rolloutId });
    return (await client.request({ kind: 'promote', waveIndex: rollout.waveIndex, ...decision })).rollout;
  });
}
