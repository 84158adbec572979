import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DurableStorage, type StorageObserver, type StorageOperation } from '@liquid-lln/agent';
import { decodeFrames } from '@liquid-lln/agent/testing';
import type { Digest } from '@liquid-lln/protocol';
import t from 'tap';
import { deployOf, desired } from '../support/agent/documents.js';
import { misbehavingPackage, type SignedPackage, signedPackage } from '../support/agent/signed-package.js';
import { VirtualAgent } from '../support/agent/virtual-agent.js';
import { watchStorage } from '../support/agent/watched-storage.js';

// An agent in virtual time on a real folder, whose every disk operation is made to fail in turn: that one alone, or
// that one and all that follow for a while, as on a full disk or one that has become read-only.

const oldPackage = signedPackage();
const newPackage = signedPackage({ version: '2.0.0', weight: 0.6 });
const badPackage = misbehavingPackage();
const root = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'lln-failing-disk-'));
t.setTimeout(300_000);
t.teardown(() => rmSync(root, { recursive: true, force: true }));

class FailingDisk implements StorageObserver {
  /** The first operation that fails, and the first after it that works again, by their numbers. */
  failure = { from: Number.POSITIVE_INFINITY, to: Number.POSITIVE_INFINITY, code: 'ENOSPC', isTorn: false };
  operations = 0;

  before(operation: StorageOperation): void {
    this.operations += 1;
    if (!this.#isTorn(operation)) this.#failWhereAsked(operation);
  }

  /** A disk without room takes a part of what is written. */
  bytesToWrite(operation: StorageOperation, length: number): number {
    return this.#isTorn(operation) ? Math.floor(length / 2) : length;
  }

  after(operation: StorageOperation): void {
    if (this.#isTorn(operation)) this.#failWhereAsked(operation);
  }

  #isTorn({ kind }: StorageOperation): boolean {
    return this.failure.isTorn && kind === 'write' && this.#isFailing;
  }

  get #isFailing(): boolean {
    const { from, to } = this.failure;
    return this.operations > from && this.operations <= to;
  }

  #failWhereAsked({ kind }: StorageOperation): void {
    const { code } = this.failure;
    // Removing needs no room.
    const isExempt = code === 'ENOSPC' && (kind === 'remove' || kind === 'sync-folder');
    if (this.#isFailing && !isExempt) throw Object.assign(new Error(`${code}: ${kind}`), { code });
  }
}

interface Bench {
  readonly folder: string;
  readonly disk: FailingDisk;
  idle(): Promise<void>;
  readonly agent: VirtualAgent;
  /** Inferences that were asked for and not answered. */
  unanswered: number;
}

async function start(folder: string, disk: FailingDisk, before?: VirtualAgent): Promise<Bench> {
  const { storage, idle } = watchStorage(new DurableStorage(folder, disk));
  return { folder, disk, idle, agent: await VirtualAgent.start(before, { storage }), unanswered: 0 };
}

async function pass(bench: Bench, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second += 1) {
    await bench.agent.pass(1, async () => {
      if (bench.agent.agent.model() === null) return;
      bench.unanswered += 20 - (await bench.agent.infer(20));
    });
    await bench.idle();
    await bench.agent.settle();
  }
}

const results = ['confirmed', 'reverted', 'rolled-back', 'refused'];

async function ask(bench: Bench, generation: number, instruction: Parameters<typeof desired>[1], secondsMax: number) {
  await bench.agent.setDesired(desired(generation, instruction));
  for (let second = 0; second < secondsMax && !isOver(bench, generation); second += 1) await pass(bench, 1);
}

function isOver({ agent }: Bench, generation: number): boolean {
  const outcome = agent.report?.outcome;
  return outcome?.generation === generation && results.includes(outcome.result);
}

function serving({ agent }: Bench): Digest | null {
  return agent.agent.model()?.digest ?? null;
}

interface Scenario {
  readonly wanted: SignedPackage | null;
  readonly allowed: readonly SignedPackage[];
}

const scenarios: Readonly<Record<string, Scenario>> = {
  'a deployment': { wanted: newPackage, allowed: [oldPackage, newPackage] },
  'a revert': { wanted: badPackage, allowed: [oldPackage, badPackage] },
  'a rollback': { wanted: null, allowed: [oldPackage, newPackage] },
};

function instructionOf({ wanted }: Scenario) {
  return wanted === null
    ? ({ kind: 'rollback', from: null, reason: 'complaints' } as const)
    : deployOf(wanted.reference);
}

/** An agent that serves the old package, or for a rollback the new one, over the old one. */
async function prepare(scenario: Scenario): Promise<Bench> {
  const bench = await start(mkdtempSync(join(root, 'disk-')), new FailingDisk());
  for (const wanted of [oldPackage, newPackage, badPackage]) bench.agent.offer(wanted);
  await ask(bench, 1, deployOf(oldPackage.reference), 200);
  if (scenario.wanted === null) await ask(bench, 2, deployOf(newPackage.reference), 200);
  if (bench.agent.report?.outcome?.result !== 'confirmed') throw new Error('there is nothing to begin with');
  return bench;
}

interface Failure {
  readonly length: number;
  readonly code: string;
  readonly isTorn: boolean;
}

const failures: readonly Failure[] = [
  { length: 1, code: 'EIO', isTorn: false },
  { length: 1, code: 'ENOSPC', isTorn: true },
  { length: 1_000_000, code: 'ENOSPC', isTorn: false },
  { length: 1_000_000, code: 'EROFS', isTorn: false },
];

async function findFault(scenario: Scenario, offset: number, failure: Failure): Promise<string | null> {
  const bench = await prepare(scenario);
  const from = bench.disk.operations + offset;
  bench.disk.failure = { ...failure, from, to: from + failure.length };
  await ask(bench, 3, instructionOf(scenario), 40);
  const served = serving(bench);
  if (!scenario.allowed.some(({ reference }) => reference.digest === served)) return `${served} serves`;
  if (served === badPackage.reference.digest) return 'a bad package serves on';
  if (bench.unanswered > 0) return `${bench.unanswered} inferences were not answered`;
  if (failure.length > 1) return null;
  await pass(bench, 12);
  const outbox = readFileSync(join(bench.folder, 'outbox.log'));
  return decodeFrames(outbox).intactBytes === outbox.length ? null : 'events lie behind a torn one';
}

for (const [name, scenario] of Object.entries(scenarios)) {
  t.test(
    `B43: a disk that fails at any operation of ${name} costs no answer, and never the wrong package`,
    async (t) => {
      const dry = await prepare(scenario);
      const begin = dry.disk.operations;
      await ask(dry, 3, instructionOf(scenario), 40);
      const count = dry.disk.operations - begin;
      t.ok(count > 5, `${count} operations`);
      for (let offset = 0; offset < count; offset += 1)
        for (const failure of failures)
          t.equal(await findFault(scenario, offset, failure), null, `${offset}: ${JSON.stringify(failure)}`);
    },
  );
}

for (const code of ['ENOSPC', 'EROFS', 'EIO']) {
  t.test(`B43: an agent that starts on a disk that answers ${code} to every write serves all the same`, async (t) => {
    const before = await prepare(scenarios['a deployment'] as Scenario);
    await before.agent.agent.stop();
    const disk = new FailingDisk();
    disk.failure = { ...disk.failure, from: 0, code };
    const bench = await start(before.folder, disk, before.agent);
    t.equal(serving(bench), oldPackage.reference.digest);
    await pass(bench, 5);
    t.equal(bench.unanswered, 0);

    disk.failure.to = 0;
    await ask(bench, 3, deployOf(newPackage.reference), 60);
    t.match(bench.agent.report?.outcome, { result: 'confirmed' }, 'and is whole again when the disk is');
    t.equal(serving(bench), newPackage.reference.digest);
  });

  t.test(`a trial that was cut short ends on a disk that answers ${code} to every write, too`, async (t) => {
    const before = await prepare(scenarios['a deployment'] as Scenario);
    const wanted = deployOf(newPackage.reference, { soakSeconds: 50, trialSecondsMax: 60 });
    await before.agent.setDesired(desired(3, wanted));
    for (let second = 0; second < 100 && before.agent.agent.model()?.state !== 'trial'; second += 1)
      await pass(before, 1);
    t.equal(serving(before), newPackage.reference.digest);
    const disk = new FailingDisk();
    disk.failure = { ...disk.failure, from: 0, code };
    for (let restart = 0; restart < 2; restart += 1) {
      const bench = await start(before.folder, disk, before.agent);
      t.equal(serving(bench), oldPackage.reference.digest);
    }
  });
}

t.test('a return that the disk did not take is written down once it does', async (t) => {
  const bench = await prepare(scenarios['a revert'] as Scenario);
  const wanted = deployOf(badPackage.reference);
  await bench.agent.setDesired(desired(3, wanted));
  for (let second = 0; second < 100 && bench.agent.agent.model()?.state !== 'trial'; second += 1) {
    await bench.agent.pass(1);
    await bench.idle();
  }
  bench.disk.failure = { ...bench.disk.failure, from: 0 };
  await pass(bench, 20);
  t.equal(serving(bench), oldPackage.reference.digest);
  const readRecord = () => decodeFrames(readFileSync(join(bench.folder, 'state.cbor'))).values[0];
  t.match(readRecord(), { trial: { generation: 3 } }, 'the disk still has the trial');
  bench.disk.failure.to = 0;
  await pass(bench, 11);
  t.match(readRecord(), { trial: null, quarantined: [badPackage.reference.digest] });
});
