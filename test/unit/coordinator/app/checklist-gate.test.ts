import { createHash } from 'node:crypto';
import { defaultChecklistPolicy } from '@liquid-lln/coordinator';
import { digestSchema, type OperatorReply, parseWith } from '@liquid-lln/protocol';
import t from 'tap';
import { InMemoryFleet } from '../../../support/coordinator/in-memory-fleet.js';
import { deployRequest } from '../../../support/operator-client.js';
import { digestOf, tinyPackage } from '../../../support/tiny-package.js';

const file = tinyPackage();
const fileDigest = parseWith(digestSchema, createHash('sha256').update(file).digest('hex'), 'digest');
const digest = parseWith(digestSchema, digestOf(file), 'digest');

/** A coordinator that asks for all there is, with devices in production and a package. */
async function startFleet(devices: number): Promise<InMemoryFleet> {
  const fleet = new InMemoryFleet(devices, { checklist: defaultChecklistPolicy });
  await fleet.start();
  await fleet.enrolAll();
  await fleet.turn();
  await fleet.ask({ kind: 'upload-open', fileDigest, sizeBytes: file.length }, 'open');
  await fleet.ask({ kind: 'upload-chunk', fileDigest, offset: 0, data: new Uint8Array(file) }, 'chunk');
  await fleet.ask({ kind: 'upload-close', fileDigest }, 'close');
  return fleet;
}

let asked = 0;
function deploy(fleet: InMemoryFleet, changes: object = {}, percent = 100): Promise<OperatorReply | null> {
  asked += 1;
  return fleet.ask({ ...deployRequest(digest, 'production', [percent]), ...changes }, `deploy-${asked}`, 'ada');
}

const reason = 'the valves freeze tonight';

t.test('a deploy to production is refused while something is open, and says what, and how to go on', async (t) => {
  const fleet = await startFleet(2);
  const reply = await deploy(fleet);
  t.match(reply, {
    of: 'error',
    error: { code: 'REFUSED_BY_GATE', message: /unit-tests \(missing\).*\n +liquid-lln / },
  });
  t.same((await fleet.store.load()).rollouts, [], 'nothing has begun');
  const green = { target: { name: 'production-green', environment: null } };
  t.match(await deploy(fleet, green), { error: { code: 'REFUSED_BY_GATE' } }, 'nor is anything laid into a slot');
  const one = { target: { name: 'gw-1', environment: null } };
  t.match(await deploy(fleet, one), { error: { code: 'REFUSED_BY_GATE' } }, 'nor does a device slip through');
});

t.test('who forces it has to say why, and that is kept with the rollout and in the audit log', async (t) => {
  const fleet = await startFleet(2);
  t.match(await deploy(fleet, { force: true }), { error: { code: 'USAGE', message: /reason/ } });
  const reply = await deploy(fleet, { force: true, reason });
  t.match(reply, { rollout: { checklist: { forced: { by: 'ada', reason }, items: [{ item: 'unit-tests' }] } } });
  fleet.kill();
  await fleet.start();
  const { rollouts } = await fleet.store.load();
  t.match(rollouts, [{ checklist: { forced: { by: 'ada', reason } } }]);
  const audit = await fleet.store.readAudit(20);
  t.match(
    audit.find(({ action }) => action === 'deploy'),
    { actor: 'ada', reason, detail: /forced over the checklist: unit-tests missing, .*monitoring missing/ },
  );
});

t.test('a dry run shows what would refuse it, and changes nothing', async (t) => {
  const fleet = await startFleet(1);
  const reply = await deploy(fleet, { dryRun: true });
  t.match(reply, { of: 'deploy', rollout: { checklist: { forced: null, items: [{ state: 'missing' }] } } });
  t.same((await fleet.store.load()).rollouts, []);
});

t.test('a rollout that goes on has been through its gate; a rollback, a stop and an isolation have none', async (t) => {
  const fleet = await startFleet(4);
  await deploy(fleet, { force: true, reason }, 50);
  for (let turn = 0; turn < 4; turn += 1) await fleet.turn();
  const more = await deploy(fleet);
  t.match(more, { of: 'deploy', rollout: { waves: [{ percent: 50 }, { percent: 100 }], checklist: { forced: {} } } });
  if (more?.of !== 'deploy') return;
  const { rolloutId } = more.rollout;
  t.match(await fleet.ask({ kind: 'stop', rolloutId, reason: 'enough' }, 'stop'), { of: 'stop' });
  const target = { name: 'production', environment: null };
  const back = { kind: 'rollback' as const, target, to: { kind: 'previous' as const }, reason: null };
  t.match(await fleet.ask(back, 'back'), { of: 'rollback' });
  t.match(await fleet.ask({ kind: 'isolate', target, isolated: true, reason: 'enough' }, 'isolate'), { of: 'isolate' });
});
