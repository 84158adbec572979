import { checkGoldenVectors } from '@liquid-lln/firmware-bridge';
import { decodePackage, type LiquidPackage, limits, parseTrustedKeys, verifySignatures } from '@liquid-lln/protocol';
import Table from 'cli-table3';
import type { Command } from 'commander';
import { readUserFile, readUserText } from '../adapters/files.js';
import { withNetwork } from '../offline/open-package.js';
import { collect } from '../offline/option-values.js';
import { type Inspection, inspectionDocument, inspectionRows } from '../offline/package-view.js';
import { keyBytesMax } from '../offline/size-limits.js';
import { type CommandResult, present } from '../output.js';

interface InspectOptions {
  verify?: boolean;
  trust?: string[];
}

/** `liquid-lln inspect`: what a package is, and with `--verify` whether it computes what it promises. */
export function register(program: Command): void {
  program
    .command('inspect')
    .description('show what a package is')
    .argument('<package>', 'the package: M.liquid')
    .option('--verify', 'run its golden vectors through the kernel')
    .option('--trust <file>', 'require a signature of this public key; may be given again', collect(String))
    .option('--json', 'print one JSON document')
    .action((path: string, options: InspectOptions, command: Command) =>
      present(command, () => inspect(path, options)),
    );
}

function inspect(path: string, { verify = false, trust }: InspectOptions): CommandResult {
  const file = readUserFile(path, limits.packageBytesMax);
  const pkg = decodePackage(file);
  const trustedSigners = trust === undefined ? null : signersAmong(pkg, trust);
  if (verify) withNetwork(pkg, (network) => checkGoldenVectors(network, pkg.manifest.goldenVectors));
  const inspection = { file: path, sizeBytes: file.length, pkg, trustedSigners, isVerified: verify };
  return { document: inspectionDocument(inspection), text: tableOf(inspection) };
}

function signersAmong(pkg: LiquidPackage, keyFiles: readonly string[]): string[] {
  return verifySignatures(pkg, parseTrustedKeys(keyFiles.map((file) => readUserText(file, keyBytesMax))));
}

function tableOf(inspection: Inspection): string {
  const table = new Table({ style: { head: [], border: [], compact: true } });
  table.push(...inspectionRows(inspection));
  return table.toString();
}
