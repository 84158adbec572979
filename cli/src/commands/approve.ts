import type { Command } from 'commander';
import { registerDecision } from '../online/decide-rollout.js';

/** `liquid-lln approve`: the second person's yes to a rollout. */
export function register(program: Command): void {
  const description = 'let a rollout begin that somebody else proposed';
  registerDecision(program, 'approve', description, async ({ client }, decision) => {
    return (await client.request({ kind: 'approve', ...decision })).rollout;
  });
}
