/**
 * An agent on a real disk, in virtual time, that kills itself at one of its disk operations:
 * `node power-cut-program.js FOLDER SCENARIO OPERATION before|torn`. With operation -1 it lives and prints what it did.
 */
import { readFileSync } from 'node:fs';
import { DurableStorage, NativeEngine, type StorageObserver, type StorageOperation } from '@liquid-lln/agent/testing';
import { loadKernel } from '@liquid-lln/firmware-bridge';
import { decodePackage, type Instruction, type PackageReference, parseTrustedKeys } from '@liquid-lln/protocol';
import { deployOf, desired, stageOf, switchTo } from './documents.js';
import type { SignedPackage } from './signed-package.js';
import { VirtualAgent } from './virtual-agent.js';
import { watchStorage } from './watched-storage.js';

const [folder = '', scenario = '', operationText = '-1', mode = 'before'] = process.argv.slice(2);
const killAt = Number(operationText);
const operations: StorageOperation[] = [];

const observer: StorageObserver = {
  before: (operation) => {
    operations.push(operation);
    if (operation.index === killAt && mode === 'before') process.kill(process.pid, 'SIGKILL');
  },
  bytesToWrite: (operation, length) => (operation.index === killAt ? Math.floor(length / 2) : length),
  after: (operation) => {
    if (operation.index === killAt) process.kill(process.pid, 'SIGKILL');
  },
};

const { storage, idle } = watchStorage(new DurableStorage(`${folder}/data`, observer));
const trustedKeys = parseTrustedKeys([readFileSync(`${folder}/trusted.pub`, 'utf8')]);
const engine = new NativeEngine({ kernel: loadKernel(), trustedKeys });
const agent = await VirtualAgent.start(undefined, { storage, engine });

/** Lets time pass until `isSo`, at the disk's own pace. */
async function passUntil(isSo: () => boolean): Promise<void> {
  for (let second = 0; second < 100 && !isSo(); second += 1) {
    await agent.pass(1, () => agent.infer(20));
    await idle();
  }
  if (!isSo()) throw new Error(`the scenario does not come to its end: ${JSON.stringify(agent.report)}`);
}

function readPackage(name: string): SignedPackage {
  const file = readFileSync(`${folder}/${name}.liquid`);
  const { digest, manifest } = decodePackage(file);
  const reference: PackageReference = {
    digest,
    name: manifest.name,
    version: manifest.version,
    sizeBytes: file.length,
  };
  return { file, reference };
}

async function instruct(
  name: string,
  generation: number,
  result: string,
  instructionOf: (reference: PackageReference) => Instruction = deployOf,
): Promise<void> {
  const wanted = readPackage(name);
  agent.offer(wanted);
  await agent.setDesired(desired(generation, instructionOf(wanted.reference)));
  await passUntil(() => agent.report?.outcome?.generation === generation && agent.report.outcome.result === result);
}

const scenarios: Readonly<Record<string, () => Promise<void>>> = {
  'first-deploy': () => instruct('old', 1, 'confirmed'),
  deploy: () => instruct('new', 2, 'confirmed'),
  revert: () => instruct('bad', 2, 'reverted'),
  stage: () => instruct('new', 2, 'staged', (reference) => stageOf(reference, 'green')),
  switch: () => instruct('new', 3, 'confirmed', (reference) => switchTo('green', reference)),
  free: () =>
    instruct('new', 3, 'freed', () => ({ kind: 'free', slot: 'green', digest: null, reason: 'done with it' })),
  rollback: async () => {
    await agent.setDesired(desired(3, { kind: 'rollback', from: null, reason: 'complaints' }));
    await passUntil(() => agent.report?.outcome?.result === 'rolled-back');
  },
};

await scenarios[scenario]?.();
await agent.agent.stop();
process.stdout.write(JSON.stringify(operations));
