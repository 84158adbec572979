import type { Command } from 'commander';
import { registerDecision } from '../online/decide-rollout.js';

/** `liquid-lln resume`: lets a paused rollout go on. */
export function register(program: Command): void {
  const description = 'let a paused rollout go on';
  registerDecision(program, 'resume', description, async ({ client }, decision) => {
    return (await client.request({ kind: 'resume', ...decision })).rollout;
  });
}
