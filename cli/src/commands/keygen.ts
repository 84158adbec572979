import { generateSigningKeys } from '@liquid-lln/protocol';
import type { Command } from 'commander';
import { refuseExisting, writeWholeFile } from '../adapters/files.js';
import { type CommandResult, present } from '../output.js';

interface KeygenOptions {
  output: string;
  force?: boolean;
}

/** `liquid-lln keygen`: a pair of keys to sign packages with. */
export function register(program: Command): void {
  program
    .command('keygen')
    .description('make a pair of Ed25519 keys: NAME.key signs packages, NAME.pub goes to the fleet')
    .requiredOption('-o, --output <name>', 'where to write: NAME.key and NAME.pub')
    .option('--force', 'replace keys that exist')
    .option('--json', 'print one JSON document')
    .action((options: KeygenOptions, command: Command) => present(command, () => keygen(options)));
}

function keygen({ output, force = false }: KeygenOptions): CommandResult {
  const privateKeyFile = `${output}.key`;
  const publicKeyFile = `${output}.pub`;
  for (const file of [privateKeyFile, publicKeyFile]) refuseExisting(file, force);
  const { keyId, privatePem, publicPem } = generateSigningKeys();
  writeWholeFile(privateKeyFile, privatePem, { force, mode: 0o600 });
  writeWholeFile(publicKeyFile, publicPem, { force });
  return {
    document: { keyId, privateKeyFile, publicKeyFile },
    text: [
      `key id ${keyId}`,
      `  ${privateKeyFile}: keep it secret; sign with \`liquid-lln sign --key ${privateKeyFile}\``,
      `  ${publicKeyFile}: list it in trustedKeys of the coordinator and the agents`,
    ].join('\n'),
  };
}
