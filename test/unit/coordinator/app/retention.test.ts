import { createHash } from 'node:crypto';
import {
  type Digest,
  digestSchema,
  type OperatorReply,
  type OperatorReplyTo,
  type OperatorRequest,
  type PackageName,
  type PackageVersion,
  parseWith,
  type RolloutId,
} from '@liquid-lln/protocol';
import t, { type Test } from 'tap';
import { InMemoryFleet } from '../../../support/coordinator/in-memory-fleet.js';
import { deployRequest } from '../../../support/operator-client.js';
import { digestOf, tinyPackage } from '../../../support/tiny-package.js';

const files = ['1.0.0', '2.0.0'].map((version, index) => tinyPackage({ version, weight: 0.5 + index / 8 }));
const [first = noDigest(), second = noDigest()] = files.map((file) =>
  parseWith(digestSchema, digestOf(file), 'digest'),
);

const kept = { rolloutsKeptMax: 3, recordsKeptMax: 2 };
/** Of each kind and target the newest is kept, and of each package that is still held. */
const wholeMax = kept.rolloutsKeptMax + 2;

function noDigest(): Digest {
  throw new Error('there is no such package');
}

function noRollout(): RolloutId {
  throw new Error('there is no such rollout');
}

async function startFleet(devices: number): Promise<InMemoryFleet> {
  const fleet = new InMemoryFleet(devices, { kept });
  await fleet.start();
  await fleet.enrolAll();
  await fleet.turn();
  for (const [index, file] of files.entries()) {
    const fileDigest = parseWith(digestSchema, createHash('sha256').update(file).digest('hex'), 'digest');
    await fleet.ask({ kind: 'upload-open', fileDigest, sizeBytes: file.length }, `open-${index}`);
    await fleet.ask({ kind: 'upload-chunk', fileDigest, offset: 0, data: new Uint8Array(file) }, `chunk-${index}`);
    await fleet.ask({ kind: 'upload-close', fileDigest }, `close-${index}`);
  }
  return fleet;
}

/** A rollout from its deploy to its end. */
async function rollOut(fleet: InMemoryFleet, digest: Digest, id: string, target = 'production'): Promise<RolloutId> {
  const reply = await fleet.ask(deployRequest(digest, target, [100]), id, 'ada');
  for (let turn = 0; turn < 5; turn += 1) await fleet.turn();
  return (reply as OperatorReplyTo<'deploy'>).rollout.rolloutId;
}

/** One package after the other, again and again. @returns the rollouts, the oldest first */
async function rollOutMany(fleet: InMemoryFleet, count: number): Promise<RolloutId[]> {
  const made: RolloutId[] = [];
  for (let number = 0; number < count; number += 1)
    made.push(await rollOut(fleet, number % 2 === 0 ? first : second, `deploy-${number}`));
  return made;
}

let questions = 0;

async function ask<K extends OperatorRequest['kind']>(
  fleet: InMemoryFleet,
  request: Extract<OperatorRequest, { kind: K }>,
): Promise<OperatorReplyTo<K>> {
  questions += 1;
  return (await fleet.ask(request, `question-${questions}`)) as OperatorReplyTo<K>;
}

async function errorOf(fleet: InMemoryFleet, request: OperatorRequest): Promise<string | null> {
  questions += 1;
  const reply: OperatorReply | null = await fleet.ask(request, `question-${questions}`);
  return reply?.of === 'error' ? reply.error.code : null;
}

t.test('B57: of many rollouts a bounded number is kept whole, and the log shows all of them for ever', async (t) => {
  const fleet = await startFleet(3);
  const made = await rollOutMany(fleet, 30);
  const { rollouts, traces } = await fleet.store.load();
  t.ok(rollouts.length <= wholeMax, `${rollouts.length} are kept whole`);
  t.same(new Set(rollouts.slice(-3).map(({ rolloutId }) => rolloutId)), new Set(made.slice(-3)), 'the newest are');
  t.ok(traces.length <= kept.recordsKeptMax, `${traces.length} records`);
  const list = await ask(fleet, { kind: 'rollouts', limit: 1_000 });
  t.same(
    list.rollouts.map(({ rolloutId }) => rolloutId),
    made.toReversed(),
    'the newest first, each once',
  );
  t.equal((await ask(fleet, { kind: 'rollouts', limit: 7 })).rollouts.length, 7);
  fleet.kill();
  await fleet.start();
  await fleet.turn();
  t.same(await ask(fleet, { kind: 'rollouts', limit: 1_000 }), list, 'also after a restart');
  await assertArchived(t, fleet, made[0]);
});

async function assertArchived(t: Test, fleet: InMemoryFleet, rolloutId = noRollout()): Promise<void> {
  const { rollout } = await ask(fleet, { kind: 'rollout', rolloutId });
  t.match(rollout, {
    status: 'succeeded',
    createdBy: 'ada',
    package: { digest: first },
    members: [],
    waves: [{ percent: 100, devices: 3, verdict: 'successful' }],
    archived: { tally: { devices: 3, outcomes: { confirmed: 3 }, waves: [{ assigned: 3, done: 3 }], issues: [] } },
  });
  t.ok((rollout.waves[0]?.passedMs ?? 0) > rollout.createdMs, 'with the time that it took');
}

t.test('an archived rollout answers whoever still speaks of it', async (t) => {
  const fleet = await startFleet(2);
  const [rolloutId = noRollout()] = await rollOutMany(fleet, 10);
  t.equal(await errorOf(fleet, { kind: 'pause', rolloutId, reason: 'late' }), 'ROLLOUT_STATE');
  t.equal(await errorOf(fleet, { kind: 'replay', rolloutId, whatIf: {} }), 'ROLLOUT_NOT_RECORDED');
  t.match(await ask(fleet, { kind: 'stop', rolloutId, reason: null }), { rollout: { status: 'succeeded' } });
  t.same((await ask(fleet, { kind: 'rollout-series', rolloutId })).series.points, []);
  t.equal(await errorOf(fleet, { kind: 'report-written', rolloutId, file: 'r.html' }), null);
  t.match((await ask(fleet, { kind: 'audit', limit: 1 })).entries, [{ action: 'report-written', subject: rolloutId }]);
  const again = await fleet.ask(deployRequest(first, 'production', [100]), 'deploy-0', 'ada');
  t.match(again, { of: 'deploy', rollout: { rolloutId } }, 'a request that comes again gets what it made');
  const unknown = 'r-ffffff' as RolloutId;
  t.equal(await errorOf(fleet, { kind: 'rollout', rolloutId: unknown }), 'ROLLOUT_UNKNOWN');
  t.equal(await errorOf(fleet, { kind: 'stop', rolloutId: unknown, reason: null }), 'ROLLOUT_UNKNOWN');
});

t.test('what is open, or not over for all of its devices, is kept whole however old it is', async (t) => {
  const fleet = await startFleet(4);
  const [held] = fleet.devices;
  if (held === undefined) return;
  held.isAway = true;
  const open = await rollOut(fleet, first, 'open', 'gw-1');
  for (let number = 0; number < 12; number += 1)
    await rollOut(fleet, number % 2 === 0 ? first : second, `deploy-${number}`, `gw-${2 + (number % 3)}`);
  const rollouts = await wholeOf(fleet);
  t.ok(rollouts.has(open));
  t.ok(rollouts.size <= kept.rolloutsKeptMax + 1 + 6, `${rollouts.size} are kept whole`);
  held.isAway = false;
  for (let turn = 0; turn < 5; turn += 1) await fleet.turn();
  t.match(await ask(fleet, { kind: 'rollout', rolloutId: open }), {
    rollout: { status: 'succeeded', members: [{ progress: 'confirmed' }] },
  });
});

async function wholeOf(fleet: InMemoryFleet): Promise<Set<RolloutId>> {
  return new Set((await fleet.store.load()).rollouts.map(({ rolloutId }) => rolloutId));
}

t.test('a rollback goes to the version before, however many rollouts lie between', async (t) => {
  const fleet = await startFleet(2);
  await rollOutMany(fleet, 12);
  const reply = await ask(fleet, {
    kind: 'rollback',
    target: { name: 'production', environment: null },
    to: { kind: 'version', name: 'tiny' as PackageName, version: '1.0.0' as PackageVersion },
    reason: 'it was better',
  });
  t.match(reply, { of: 'rollback', rollout: { package: { digest: first } } });
  for (let turn = 0; turn < 5; turn += 1) await fleet.turn();
  t.ok(fleet.devices.every(({ reported }) => reported.running?.digest === first));
});

t.test('a coordinator that is killed at any commit has each rollout once, whole or archived', async (t) => {
  const count = 6;
  const undisturbed = await playTo(count, null);
  t.ok(undisturbed.archiving.length >= 1, `${undisturbed.archiving.length} commits archive`);
  for (const commit of undisturbed.archiving) {
    for (const when of ['before', 'after'] as const) {
      const { fleet } = await playTo(count, { commit, when });
      const whole = [...(await wholeOf(fleet))];
      const archived = (await fleet.store.readArchivedRollouts(100)).map(({ rolloutId }) => rolloutId);
      t.equal(new Set([...whole, ...archived]).size, count, `killed ${when} commit ${commit}`);
      t.equal(whole.length + archived.length, count, 'none is both');
      t.ok(archived.length >= undisturbed.archiving.length, 'and the next life goes on with it');
    }
  }
});

/** @returns with the numbers of the commits that archived something */
async function playTo(count: number, kill: { readonly commit: number; readonly when: 'before' | 'after' } | null) {
  const fleet = await startFleet(2);
  const archiving: number[] = [];
  let commits = 0;
  fleet.store.beforeCommit = (changes) => {
    commits += 1;
    if (changes.some((change) => change.kind === 'archive-rollout')) archiving.push(commits);
    if (kill?.when === 'before' && kill.commit === commits) throw new Error('kill -9');
  };
  fleet.store.afterCommit = () => {
    if (kill?.when === 'after' && kill.commit === commits) throw new Error('kill -9');
  };
  for (let number = 0; number < count; number += 1) {
    await rollOut(fleet, number % 2 === 0 ? first : second, `deploy-${number}`);
    if (fleet.isAlive) continue;
    await fleet.start();
    await fleet.turn();
  }
  for (let turn = 0; turn < 3; turn += 1) await fleet.turn();
  return { fleet, archiving };
}

t.test('of a device that loses its store again and again, a bounded number of event cursors is kept', async (t) => {
  const fleet = await startFleet(2);
  const [device] = fleet.devices;
  if (device === undefined) return;
  const started = { kind: 'started', agentVersion: '1', recovered: '' } as const;
  await fleet.post('gw-2', started);
  for (let number = 1; number <= 30; number += 1) {
    const epoch = `lost-${number}`;
    device.reported = { ...device.reported, epoch };
    await fleet.post('gw-1', started, 1, epoch);
    await fleet.turn();
  }
  const { cursors } = await fleet.store.load();
  const epochs = cursors.filter(({ deviceId }) => deviceId === 'gw-1').map(({ epoch }) => epoch);
  t.ok(epochs.length <= 11, `${epochs.length} cursors`);
  t.ok(epochs.includes('lost-30') && epochs.includes('lost-29'), 'the newest are there');
  t.equal(cursors.length - epochs.length, 1, 'that of the other device stays');
  await fleet.post('gw-1', started, 1, 'lost-30');
  const { events } = await ask(fleet, { kind: 'events', target: { name: 'gw-1', environment: null }, limit: 100 });
  t.equal(events.filter(({ epoch }) => epoch === 'lost-30').length, 1, 'an event that comes again is stored once');
});
