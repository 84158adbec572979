import type { Command } from 'commander';
import { registerDecision } from '../online/decide-rollout.js';

/** `liquid-lln pause`: holds a rollout where it is. */
export function register(program: Command): void {
  const description = 'begin nothing new of a rollout until it is resumed; devices that have begun go on';
  registerDecision(program, 'pause', description, async ({ client }, decision) => {
    return (await client.request({ kind: 'pause', ...decision })).rollout;
  });
}
