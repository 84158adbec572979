import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DurableStorage, NativeEngine, type StorageOperation } from '@liquid-lln/agent';
import { decodeFrames, MemoryLogger, SlotStore, type StoreRecord, storeRecordSchema } from '@liquid-lln/agent/testing';
import { loadKernel } from '@liquid-lln/firmware-bridge';
import { type Digest, decodePackage, otherSlot, parseWith, type SlotName } from '@liquid-lln/protocol';
import { ManualClock } from '@liquid-lln/protocol/testing';
import t from 'tap';
import { misbehavingPackage, signedPackage, testKeys, trustedKeys } from '../support/agent/signed-package.js';

const program = fileURLToPath(new URL('../support/agent/power-cut-program.js', import.meta.url));
const engine = new NativeEngine({ kernel: loadKernel(), trustedKeys });
const oldPackage = signedPackage();
const newPackage = signedPackage({ version: '2.0.0', weight: 0.6 });
const badPackage = misbehavingPackage();
// A kill loses nothing of what the kernel has taken, so a disk in memory, where waiting for it costs nothing, will do.
const root = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'lln-power-cut-'));
t.setTimeout(840_000);
t.teardown(() => rmSync(root, { recursive: true, force: true }));

interface Run {
  readonly signal: string | null;
  readonly operations: readonly StorageOperation[];
}

function run(folder: string, scenario: string, operation: number, mode: string): Promise<Run> {
  return new Promise((resolve, reject) => {
    const args = [program, folder, scenario, String(operation), mode];
    execFile(process.execPath, args, { timeout: 60_000 }, (error, stdout, stderr) => {
      if (error !== null && error.signal !== 'SIGKILL') return reject(new Error(`${error.message} ${stderr}`));
      const operations = error === null ? (JSON.parse(stdout) as Run['operations']) : [];
      resolve({ signal: error?.signal ?? null, operations });
    });
  });
}

/** Folders as they are before each scenario: empty, with one confirmed package, with two, with one staged beside it. */
async function prepare(): Promise<Record<'empty' | 'one' | 'two' | 'staged', string>> {
  const at = (name: string) => join(root, name);
  const folders = { empty: at('empty'), one: at('one'), two: at('two'), staged: at('staged') };
  const empty = mkdtempSync(join(root, 'base-'));
  writeFileSync(join(empty, 'trusted.pub'), testKeys.publicPem);
  for (const [name, { file }] of Object.entries({ old: oldPackage, new: newPackage, bad: badPackage }))
    writeFileSync(join(empty, `${name}.liquid`), file);
  cpSync(empty, folders.empty, { recursive: true });
  cpSync(empty, folders.one, { recursive: true });
  await run(folders.one, 'first-deploy', -1, 'before');
  cpSync(folders.one, folders.two, { recursive: true });
  await run(folders.two, 'deploy', -1, 'before');
  cpSync(folders.one, folders.staged, { recursive: true });
  await run(folders.staged, 'stage', -1, 'before');
  return folders;
}

function readRecord(folder: string): StoreRecord | null {
  try {
    const { values } = decodeFrames(readFileSync(join(folder, 'data/state.cbor')));
    return parseWith(storeRecordSchema, values[0], 'record');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

function digestIn(folder: string, slot: SlotName): Digest {
  return decodePackage(readFileSync(join(folder, `data/slots/${slot}.liquid`))).digest;
}

/** What must hold on the disk at the moment of the cut, before anything is repaired. Returns what is wrong. */
function findFaultAtCut(folder: string, record: StoreRecord | null): string | null {
  if (record === null || record.trial === null || record.live === null) return null;
  const target = otherSlot(record.live);
  const content = record.slots[target];
  if (content.state !== 'confirmed') return null;
  return digestIn(folder, target) === content.package.digest ? null : 'the rollback target was overwritten';
}

/** The standby slot promises nothing that its file does not hold. Returns what is wrong. */
function findFalsePromise(folder: string, record: StoreRecord): string | null {
  const slot = record.live === null ? 'blue' : otherSlot(record.live);
  const content = record.slots[slot];
  if (content.state === 'receiving') return `${slot} is half filled`;
  if (content.state !== 'staged' && content.state !== 'confirmed') return null;
  return digestIn(folder, slot) === content.package.digest ? null : `${slot} does not hold what it promises`;
}

/** Starts on what the cut has left, and says what serves. */
async function recover(folder: string): Promise<{ readonly record: StoreRecord; readonly serving: Digest | null }> {
  const storage = new DurableStorage(join(folder, 'data'));
  const components = { storage, engine, clock: new ManualClock(), logger: new MemoryLogger() };
  const store = await SlotStore.open(components, {
    epoch: 'recovered',
    agentVersion: '0.1.0',
    machineBootId: 'after the cut',
    startId: 'after-the-cut',
  });
  const { live } = store.record;
  const file = live === null ? null : await store.readSlot(live);
  if (file === null) return { record: store.record, serving: null };
  const model = engine.load(file);
  model.close();
  return { record: store.record, serving: model.package.digest };
}

interface Expectation {
  /** What serves if the change has not been confirmed. */
  readonly before: Digest | null;
  /** What serves once it has. */
  readonly after: Digest | null;
}

/** One cut and one recovery. Returns what is wrong, or null. */
async function cutAndRecover(
  template: string,
  scenario: string,
  operation: number,
  mode: string,
  expected: Expectation,
): Promise<string | null> {
  const folder = mkdtempSync(join(root, 'cut-'));
  cpSync(template, folder, { recursive: true });
  const { signal } = await run(folder, scenario, operation, mode);
  if (signal !== 'SIGKILL') return 'it was not killed';
  const atCut = readRecord(folder);
  const fault = findFaultAtCut(folder, atCut);
  const { record, serving } = await recover(folder);
  const falsePromise = findFalsePromise(folder, record);
  rmSync(folder, { recursive: true });
  if (fault !== null || falsePromise !== null) return fault ?? falsePromise;
  if (serving !== expected.before && serving !== expected.after) return `${serving} serves`;
  const state = record.live === null ? null : record.slots[record.live].state;
  if (record.trial !== null || (state !== null && state !== 'confirmed')) return `what serves is ${state}`;
  const wasConfirmed = atCut?.trial === null && atCut.live !== null && atCut.slots[atCut.live].state === 'confirmed';
  const promised = wasConfirmed && atCut.live !== null ? atCut.slots[atCut.live] : null;
  const isKept = promised === null || ('package' in promised && promised.package.digest === serving);
  return isKept ? null : 'what was confirmed does not serve';
}

async function sweep(template: string, scenario: string, expected: Expectation) {
  const dry = mkdtempSync(join(root, 'dry-'));
  cpSync(template, dry, { recursive: true });
  const { operations } = await run(dry, scenario, -1, 'before');
  const cuts = operations.flatMap(({ index, kind }) =>
    (kind === 'write' ? ['before', 'torn'] : ['before']).map((mode) => ({ index, mode })),
  );
  const faults: string[] = [];
  const work = async () => {
    for (let cut = cuts.shift(); cut !== undefined; cut = cuts.shift()) {
      const fault = await cutAndRecover(template, scenario, cut.index, cut.mode, expected);
      if (fault !== null) faults.push(`${cut.mode} ${JSON.stringify(operations[cut.index])}: ${fault}`);
    }
  };
  const total = cuts.length;
  await Promise.all([work(), work()]);
  return { faults, total };
}

const digests = {
  old: oldPackage.reference.digest,
  new: newPackage.reference.digest,
};

t.test('B2, B20: SIGKILL at every durable step leaves exactly old-good or new-verified', async (t) => {
  const folders = await prepare();
  const cases = [
    { scenario: 'first-deploy', template: folders.empty, before: null, after: digests.old },
    { scenario: 'deploy', template: folders.one, before: digests.old, after: digests.new },
    { scenario: 'revert', template: folders.one, before: digests.old, after: digests.old },
    { scenario: 'rollback', template: folders.two, before: digests.new, after: digests.old },
    { scenario: 'stage', template: folders.one, before: digests.old, after: digests.old },
    { scenario: 'switch', template: folders.staged, before: digests.old, after: digests.new },
    { scenario: 'free', template: folders.staged, before: digests.old, after: digests.old },
  ];
  for (const { scenario, template, before, after } of cases) {
    const { faults, total } = await sweep(template, scenario, { before, after });
    t.same(faults, [], `${scenario}: ${total} cuts`);
    t.ok(total > (scenario === 'free' ? 10 : 20), `${scenario} has ${total} places to cut at`);
  }
});
