import { createHash } from 'node:crypto';
import { digestSchema, parseWith } from '@liquid-lln/protocol';
import t from 'tap';
import { InMemoryFleet } from '../../../support/coordinator/in-memory-fleet.js';
import { someHealth } from '../../../support/fleet-views.js';
import { deployRequest } from '../../../support/operator-client.js';
import { digestOf, tinyPackage } from '../../../support/tiny-package.js';

const file = tinyPackage();
const fileDigest = parseWith(digestSchema, createHash('sha256').update(file).digest('hex'), 'digest');
const digest = parseWith(digestSchema, digestOf(file), 'digest');

/** What a wave to all of a fleet takes until every device has confirmed. */
async function rollOut(devices: number): Promise<{ readonly messages: number; readonly commits: number }> {
  const fleet = new InMemoryFleet(devices);
  await fleet.start();
  await fleet.enrolAll();
  await fleet.turn();
  await fleet.ask({ kind: 'upload-open', fileDigest, sizeBytes: file.length }, 'open');
  await fleet.ask({ kind: 'upload-chunk', fileDigest, offset: 0, data: new Uint8Array(file) }, 'chunk');
  await fleet.ask({ kind: 'upload-close', fileDigest }, 'close');
  const publishedBefore = fleet.published.length;
  let commits = 0;
  fleet.store.afterCommit = () => {
    commits += 1;
  };
  await fleet.ask(deployRequest(digest, 'production', [100]), 'deploy');
  for (let second = 0; second < 5; second += 1) await fleet.turn();
  const { rollouts } = await fleet.store.load();
  if (rollouts[0]?.status !== 'succeeded') throw new Error(`the rollout is ${rollouts[0]?.status}`);
  const toFleet = fleet.published.slice(publishedBefore).filter(({ topic }) => !topic.includes('/operator/'));
  return { messages: toFleet.length, commits };
}

t.test('a wave takes as many messages and commits for two hundred devices as for two', async (t) => {
  const few = await rollOut(2);
  t.ok(few.messages > 0 && few.commits > 0);
  t.same(await rollOut(200), few);
});

t.test('health is shown to operators as it came, with all of its sketches', async (t) => {
  const fleet = new InMemoryFleet(1);
  await fleet.start();
  await fleet.enrolAll();
  await fleet.turn();
  const health = someHealth('gw-1', [100, 200, 300]);
  fleet.deliverHealth(health);
  await fleet.breathe();
  t.match(await fleet.ask({ kind: 'devices', target: { name: 'production', environment: null } }, 'devices'), {
    devices: [{ deviceId: 'gw-1', health }],
  });
});
