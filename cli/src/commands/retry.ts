import type { Command } from 'commander';
import { registerDecision } from '../online/decide-rollout.js';

/** `liquid-lln retry`: gives the package once more to devices of a rollout that failed with it. */
export function register(program: Command): void {
  const description = 'give the package once more to devices that failed; the rollout must still be going';
  const command = registerDecision(program, 'retry', description, async ({ client }, decision) => {
    const override = command.opts<{ override?: boolean }>().override === true ? { override: true } : {};
    return (await client.request({ kind: 'retry', ...override, ...decision })).rollout;
  });
  command.option('--override', 'also to devices that rolled it back by themselves');
}
