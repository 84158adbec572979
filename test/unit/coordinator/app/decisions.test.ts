import { createHash } from 'node:crypto';
import {
  digestSchema,
  type Generation,
  type OperatorReplyTo,
  type OperatorRequest,
  type PackageName,
  type PackageVersion,
  parseWith,
  type RolloutId,
} from '@liquid-lln/protocol';
import t from 'tap';
import { InMemoryFleet } from '../../../support/coordinator/in-memory-fleet.js';
import { deployRequest } from '../../../support/operator-client.js';
import { digestOf, tinyPackage } from '../../../support/tiny-package.js';

const file = tinyPackage();
const fileDigest = parseWith(digestSchema, createHash('sha256').update(file).digest('hex'), 'digest');
const digest = parseWith(digestSchema, digestOf(file), 'digest');

let views = 0;

/** A coordinator that knows its devices and a package. */
async function startFleet(devices: number): Promise<InMemoryFleet> {
  const fleet = new InMemoryFleet(devices);
  await fleet.start();
  await fleet.enrolAll();
  await fleet.turn();
  await fleet.ask({ kind: 'upload-open', fileDigest, sizeBytes: file.length }, 'open');
  await fleet.ask({ kind: 'upload-chunk', fileDigest, offset: 0, data: new Uint8Array(file) }, 'chunk');
  await fleet.ask({ kind: 'upload-close', fileDigest }, 'close');
  return fleet;
}

async function begin(fleet: InMemoryFleet, changes: object = {}): Promise<RolloutId> {
  const request = { ...deployRequest(digest, 'production', [100]), ...changes };
  const reply = await fleet.ask(request, 'deploy', 'ada');
  return (reply as OperatorReplyTo<'deploy'>).rollout.rolloutId;
}

async function statusOf(fleet: InMemoryFleet): Promise<string | undefined> {
  return (await fleet.store.load()).rollouts[0]?.status;
}

function withPackage(fleet: InMemoryFleet): string[] {
  return fleet.devices.filter(({ reported }) => reported.running?.digest === digest).map(({ deviceId }) => deviceId);
}

t.test('B14: while a rollout is paused nobody new begins and who has begun goes on, also over a restart', async (t) => {
  const fleet = await startFleet(3);
  const [first, second, away] = fleet.devices;
  if (first === undefined || second === undefined || away === undefined) return;
  away.isAway = true;
  first.isTrialHeld = true;
  const rolloutId = await begin(fleet);
  await fleet.turn();
  t.match(await fleet.ask({ kind: 'pause', rolloutId, reason: 'lunch' }, 'p'), { rollout: { status: 'paused' } });
  first.isTrialHeld = false;
  away.isAway = false;
  fleet.kill();
  await fleet.start();
  for (let turn = 0; turn < 4; turn += 1) await fleet.turn();
  t.same(withPackage(fleet), ['gw-1', 'gw-2']);
  t.equal(first.reported.running?.state, 'confirmed', 'the trial went on');
  t.equal(await statusOf(fleet), 'paused');
  await fleet.ask({ kind: 'resume', rolloutId, reason: 'back' }, 'r');
  for (let turn = 0; turn < 4; turn += 1) await fleet.turn();
  t.equal(await statusOf(fleet), 'succeeded');
  t.same(
    fleet.devices.map(({ taken }) => taken.length),
    [1, 1, 1],
    'nobody was told twice',
  );
  const actions = (await fleet.store.readAudit(100)).map(({ action, actor, reason }) => [action, actor, reason]);
  t.ok(actions.some((entry) => entry.join() === 'pause,operator,lunch'));
  t.ok(actions.some((entry) => entry.join() === 'resume,operator,back'));
});

t.test('B14: the creator of a rollout cannot approve it, another operator can, and it is on record', async (t) => {
  const fleet = await startFleet(2);
  const rolloutId = await begin(fleet, { approval: true });
  for (let turn = 0; turn < 3; turn += 1) await fleet.turn();
  t.same(withPackage(fleet), []);
  const approve: OperatorRequest = { kind: 'approve', rolloutId, reason: 'read it' };
  t.match(await fleet.ask(approve, 'a', 'ada'), { of: 'error', error: { code: 'PERMISSION_DENIED' } });
  t.equal(await statusOf(fleet), 'proposed');
  t.match(await fleet.ask(approve, 'b', 'bob'), { of: 'approve', rollout: { status: 'running' } });
  await fleet.ask(approve, 'b', 'bob');
  for (let turn = 0; turn < 4; turn += 1) await fleet.turn();
  t.equal(await statusOf(fleet), 'succeeded');
  const approvals = (await fleet.store.readAudit(100)).filter(({ action }) => action === 'approve');
  t.match(approvals, [{ actor: 'bob', reason: 'read it', subject: rolloutId }]);
  t.equal(approvals.length, 1);
});

t.test('B14: a promoted wave passes without the device that it waited for', async (t) => {
  const fleet = await startFleet(2);
  const [away] = fleet.devices;
  if (away === undefined) return;
  away.isAway = true;
  const rolloutId = await begin(fleet);
  for (let turn = 0; turn < 4; turn += 1) await fleet.turn();
  t.equal(await statusOf(fleet), 'running');
  const promote: OperatorRequest = { kind: 'promote', rolloutId, waveIndex: 0, reason: 'it is in the workshop' };
  t.match(await fleet.ask(promote, 'a'), { of: 'promote', rollout: { status: 'succeeded' } });
  t.match(await fleet.ask(promote, 'b'), { of: 'promote', rollout: { status: 'succeeded' } }, 'twice is once');
});

t.test('B12: a stop reaches what is in progress, and every device says that it has heard', async (t) => {
  const fleet = await startFleet(3);
  const [trying, away] = fleet.devices;
  if (trying === undefined || away === undefined) return;
  for (const device of fleet.devices) device.isTrialHeld = true;
  const rolloutId = await begin(fleet);
  await fleet.turn();
  away.isAway = true;
  fleet.goAway(away);
  const stopped = await fleet.ask({ kind: 'stop', rolloutId, reason: 'smoke' }, 's');
  t.match(stopped, { of: 'stop', rollout: { status: 'halted' } });
  await fleet.turn();
  t.same(await stopsOf(fleet, rolloutId), [
    ['gw-1', 'rolled-back', 'acknowledged'],
    ['gw-2', 'stopping', 'offline'],
    ['gw-3', 'rolled-back', 'acknowledged'],
  ]);
  t.match(await fleet.ask({ kind: 'stop', rolloutId, reason: 'again' }, 's2'), { rollout: { status: 'halted' } });
  away.isAway = false;
  await fleet.turn();
  t.match((await stopsOf(fleet, rolloutId))[1], ['gw-2', 'rolled-back', 'acknowledged'], 'it hears when it returns');
  t.same(
    (await fleet.store.load()).rollouts[0]?.members.map(({ failure }) => failure),
    [null, null, null],
  );
});

async function stopsOf(fleet: InMemoryFleet, rolloutId: RolloutId): Promise<(string | undefined)[][]> {
  const reply = await fleet.ask({ kind: 'rollout', rolloutId }, `view-${++views}`);
  const { members } = (reply as OperatorReplyTo<'rollout'>).rollout;
  return members
    .map(({ deviceId, progress, stop }) => [deviceId as string, progress, stop])
    .sort(([a = ''], [b = '']) => a.localeCompare(b));
}

t.test('B16: one after the other, each told once, also over a restart and by whoever joins', async (t) => {
  const fleet = await startFleet(4);
  const limits = { maxUnavailable: { devices: 1 } };
  await begin(fleet, { limits });
  let most = 0;
  for (let turn = 0; turn < 30 && (await statusOf(fleet)) === 'running'; turn += 1) {
    if (turn === 4) {
      fleet.kill();
      await fleet.start();
    }
    await fleet.turn();
    most = Math.max(most, fleet.devices.filter(({ reported }) => reported.running?.state === 'trial').length);
  }
  t.equal(await statusOf(fleet), 'succeeded');
  t.equal(most, 1);
  t.same(
    fleet.devices.map(({ taken }) => taken.length),
    [1, 1, 1, 1],
  );
});

t.test('B19: a dry run shows the plan, and nothing of it happens', async (t) => {
  const fleet = await startFleet(4);
  const request = { ...deployRequest(digest, 'production', [25, 100]), dryRun: true };
  t.match(await fleet.ask(request, 'dry'), {
    rollout: { waves: [{ devices: 1 }, { devices: 4 }], members: [{}, {}, {}, {}] },
    outlook: [{ gate: 'presence' }, { gate: 'limits', verdict: 'passes' }, { gate: 'evidence' }],
  });
  await fleet.turn();
  t.same((await fleet.store.load()).rollouts, []);
  t.same(withPackage(fleet), []);
});

t.test('B29: a package that a device left for its health is quarantined in the fleet, with evidence', async (t) => {
  const fleet = await startFleet(2);
  await fleet.post('gw-1', {
    kind: 'reverted',
    package: { digest, name: 'tiny' as PackageName, version: '1.0.0' as PackageVersion },
    slot: 'green',
    generation: 1 as Generation,
    rolloutId: null,
    to: null,
    cause: 'policy',
    breach: null,
    detail: 'latency 9 ms over 6 ms',
    tripToServingMs: 1,
    requestsServed: 1,
    requestsFailed: 0,
  });
  const refused = await fleet.ask(deployRequest(digest, 'gw-2'), 'again');
  t.match(refused, {
    of: 'error',
    error: { code: 'PACKAGE_QUARANTINED', message: /1 device left it: gw-1, policy, latency 9 ms/ },
  });
  t.match(await fleet.ask({ kind: 'packages' }, 'list'), { packages: [{ quarantine: { why: /gw-1/ } }] });
  fleet.kill();
  await fleet.start();
  t.match(await fleet.ask(deployRequest(digest, 'gw-2'), 'later'), { error: { code: 'PACKAGE_QUARANTINED' } });
  t.match(await fleet.ask(deployRequest(digest, 'gw-2', null, 'the sensor was broken'), 'over'), { of: 'deploy' });
  const audit = (await fleet.store.readAudit(100)).filter(({ action }) => action === 'package-quarantined');
  t.match(audit, [{ actor: 'gw-1', subject: 'tiny@1.0.0' }]);
});

t.test('a person gets credentials of their own, but nobody makes their own anew', async (t) => {
  const fleet = await startFleet(1);
  const enrol: OperatorRequest = { kind: 'enrol-operator', username: 'bob' };
  t.match(await fleet.ask(enrol, 'a'), { of: 'enrol-operator', username: 'bob', created: true });
  t.match(await fleet.ask(enrol, 'b', 'bob'), { of: 'error', error: { code: 'USAGE' } });
  const ofGateway: OperatorRequest = { kind: 'enrol-operator', username: 'gw-1' };
  t.match(await fleet.ask(ofGateway, 'c'), { of: 'error', error: { code: 'USAGE' } });
  t.match((await fleet.store.load()).operators, [{ username: 'bob' }]);
});
