import { decodePackage, limits, parseSigningKey, signPackage } from '@liquid-lln/protocol';
import type { Command } from 'commander';
import { readUserFile, readUserText, writeWholeFile } from '../adapters/files.js';
import { keyBytesMax } from '../offline/size-limits.js';
import { type CommandResult, present } from '../output.js';

interface SignOptions {
  key: string;
}

/** `liquid-lln sign`: adds a signature to a package; the content, and so the digest, stays what it is. */
export function register(program: Command): void {
  program
    .command('sign')
    .description('add a signature to a package')
    .argument('<package>', 'the package: M.liquid')
    .requiredOption('--key <file>', 'the private key: NAME.key')
    .option('--json', 'print one JSON document')
    .action((path: string, options: SignOptions, command: Command) => present(command, () => sign(path, options)));
}

function sign(path: string, { key }: SignOptions): CommandResult {
  const privateKey = parseSigningKey(readUserText(key, keyBytesMax));
  const signed = signPackage(readUserFile(path, limits.packageBytesMax), privateKey);
  writeWholeFile(path, signed, { force: true });
  const { digest, signatures } = decodePackage(signed);
  const signedBy = signatures.map(({ keyId }) => keyId);
  return { document: { file: path, digest, signedBy }, text: `${path}: signed by ${signedBy.join(', ')}` };
}
