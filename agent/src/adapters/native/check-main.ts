/** The process that tries one package: whatever the package does to it, the agent goes on. */
import { readFile } from 'node:fs/promises';
import { checkGoldenVectors, loadKernel } from '@liquid-lln/firmware-bridge';
import {
  decodePackage,
  LlnError,
  parseTrustedKeys,
  parseWith,
  toErrorReport,
  verifySignatures,
} from '@liquid-lln/protocol';
import { type CheckReply, checkRequestSchema } from './check-protocol.js';

process.once('message', (message) => {
  check(message)
    .then(
      () => reply({ error: null }),
      (error: unknown) => reply({ error: { ...toErrorReport(error) } }),
    )
    .catch(() => process.exit(1));
});
process.once('disconnect', () => process.exit(1));

async function check(message: unknown): Promise<void> {
  const { path, digest, trustedKeyPems } = parseWith(checkRequestSchema, message, 'check request');
  const content = decodePackage(await readFile(path));
  if (content.digest !== digest) {
    throw new LlnError('PACKAGE_DIGEST_MISMATCH', `the file is package ${content.digest}, not ${digest}`);
  }
  verifySignatures(content, parseTrustedKeys(trustedKeyPems));
  const network = loadKernel().open(content.image);
  checkGoldenVectors(network, content.manifest.goldenVectors);
  network.close();
}

function reply(answer: CheckReply): void {
  process.send?.(answer, () => process.disconnect());
}
