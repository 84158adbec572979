import type { Command } from 'commander';
import { deploymentOf, deploymentText } from '../domain/deployment-text.js';
import { integerBetween } from '../domain/integer.js';
import { addOnlineOptions, type OnlineOptions, presentOnline } from '../online/online-command.js';

interface DeploymentsOptions extends OnlineOptions {
  readonly limit: number;
}

/** `liquid-lln deployments`: the deployment log, which nobody has to write. */
export function register(program: Command): void {
  const command = program
    .command('deployments')
    .description('the deployment log: who, what, when, gates with numbers, issues, duration')
    .option('--limit <n>', 'at most so many of the newest', integerBetween(1, 1_000), 20);
  addOnlineOptions(command).action((options: DeploymentsOptions) =>
    presentOnline(command, options, async ({ client }) => {
      const { rollouts } = await client.request({ kind: 'rollouts', limit: options.limit });
      const deployments = rollouts.map(deploymentOf);
      const text = deployments.length === 0 ? 'nothing was deployed yet' : deployments.map(deploymentText).join('\n\n');
      return { document: { deployments }, text };
    }),
  );
}
