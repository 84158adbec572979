import { createHash } from 'node:crypto';
import { type Digest, digestSchema, type OperatorReply, type OperatorRequest, parseWith } from '@liquid-lln/protocol';
import t, { type Test } from 'tap';
import { InMemoryFleet } from '../../../support/coordinator/in-memory-fleet.js';
import { deployRequest } from '../../../support/operator-client.js';
import { digestOf, tinyPackage } from '../../../support/tiny-package.js';

const file = tinyPackage();
const fileDigest = parseWith(digestSchema, createHash('sha256').update(file).digest('hex'), 'digest');
const digest: Digest = parseWith(digestSchema, digestOf(file), 'digest');
const turnsMax = 40;
/** Turns after the end, in which nothing may happen any more. */
const turnsAfter = 3;

/** Everything that an operator does, in order; each is repeated with its id until it is answered. */
const requests: readonly OperatorRequest[] = [
  { kind: 'upload-open', fileDigest, sizeBytes: file.length },
  { kind: 'upload-chunk', fileDigest, offset: 0, data: new Uint8Array(file) },
  { kind: 'upload-close', fileDigest },
  deployRequest(digest, 'production', [25, 100]),
];

type KillPoint = { readonly commit: number; readonly when: 'before' | 'after' } | null;

/** Plays a whole deployment, killing the coordinator at one commit. @returns the number of commits. */
async function play(kill: KillPoint): Promise<{ fleet: InMemoryFleet; commits: number; replies: OperatorReply[] }> {
  const fleet = new InMemoryFleet(4);
  let commits = 0;
  const die = (when: 'before' | 'after') => () => {
    if (when === 'before') commits += 1;
    if (kill === null || kill.when !== when || kill.commit !== commits) return;
    throw new Error('kill -9');
  };
  fleet.store.beforeCommit = die('before');
  fleet.store.afterCommit = die('after');
  await fleet.start();
  await fleet.enrolAll();
  const replies: OperatorReply[] = [];
  for (let turn = 0, end = turnsMax; turn < end; turn += 1) {
    if (end === turnsMax && (await isOver(fleet))) end = Math.min(end, turn + turnsAfter);
    if (!fleet.isAlive) {
      await fleet.start();
      await fleet.enrolAll();
    }
    await fleet.turn();
    const next = turn < 3 ? undefined : requests[replies.length];
    const reply = next === undefined ? null : await fleet.ask(next, `request-${replies.length}`);
    if (reply !== null) replies.push(reply);
  }
  return { fleet, commits, replies };
}

async function isOver(fleet: InMemoryFleet): Promise<boolean> {
  return (await fleet.store.load()).rollouts.some((rollout) => rollout.status !== 'running');
}

async function check(t: Test, kill: KillPoint): Promise<number> {
  const { fleet, commits, replies } = await play(kill);
  const where = kill === null ? 'undisturbed' : `killed ${kill.when} commit ${kill.commit}`;
  const { rollouts } = await fleet.store.load();
  const problems = [
    ...(replies.length === requests.length ? [] : [`only ${replies.length} requests were answered`]),
    ...replies.filter((reply) => reply.of === 'error').map((reply) => JSON.stringify(reply)),
    ...(rollouts.length === 1 ? [] : [`there are ${rollouts.length} rollouts`]),
    ...rollouts
      .filter((rollout) => rollout.status !== 'succeeded')
      .map((rollout) => `the rollout is ${rollout.status}`),
    ...fleet.devices.flatMap(({ deviceId, reported, taken }) => {
      const deploys = new Set(taken.map(({ instruction }) => JSON.stringify(instruction)));
      const generations = taken.map(({ generation }) => generation);
      const isAscending = generations.every((value, index) => index === 0 || value > (generations[index - 1] ?? 0));
      return [
        ...(reported.running?.digest === digest && reported.running.state === 'confirmed'
          ? []
          : [`${deviceId} is stranded`]),
        ...(deploys.size === 1 ? [] : [`${deviceId} got ${deploys.size} different commands`]),
        ...(isAscending ? [] : [`${deviceId} saw generations ${generations.join()}`]),
      ];
    }),
  ];
  t.same(problems, [], where);
  return commits;
}

t.test(
  'B3: coordinator killed before or after any commit resumes: one rollout, no second command, nobody stranded',
  async (t) => {
    const commits = await check(t, null);
    t.ok(commits >= 10, `there are ${commits} commits to die at`);
    for (let commit = 1; commit <= commits; commit += 1) {
      await check(t, { commit, when: 'before' });
      await check(t, { commit, when: 'after' });
    }
  },
);
