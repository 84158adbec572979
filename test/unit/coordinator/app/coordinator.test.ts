import { createHash } from 'node:crypto';
import { digestSchema, gatewayIdSchema, parseWith } from '@liquid-lln/protocol';
import t from 'tap';
import { InMemoryFleet } from '../../../support/coordinator/in-memory-fleet.js';
import { deployRequest } from '../../../support/operator-client.js';
import { digestOf, tinyPackage } from '../../../support/tiny-package.js';

const gatewayId = parseWith(gatewayIdSchema, 'gw-1', 'gateway id');

t.test('a request that comes twice is done once', async (t) => {
  const fleet = new InMemoryFleet(1);
  await fleet.start();
  const first = await fleet.ask({ kind: 'enrol', gatewayId }, 'same');
  const second = await fleet.ask({ kind: 'enrol', gatewayId }, 'same');
  t.same(second, first, 'one secret, not two');
  const third = await fleet.ask({ kind: 'enrol', gatewayId }, 'other');
  t.match(third, { created: false });
});

t.test('a failing store ends the coordinator before it acknowledges anything', async (t) => {
  const fleet = new InMemoryFleet(1);
  await fleet.start();
  fleet.store.beforeCommit = () => {
    throw new Error('disk on fire');
  };
  t.equal(await fleet.ask({ kind: 'enrol', gatewayId }, 'one'), null);
  t.equal(fleet.isAlive, false);
  t.same((await fleet.store.load()).gateways, []);
});

t.test('a device of a gateway that is not enrolled is not taken in', async (t) => {
  const fleet = new InMemoryFleet(1);
  await fleet.start();
  await fleet.turn();
  t.same((await fleet.store.load()).devices, []);
  await fleet.enrolAll();
  await fleet.turn();
  t.match((await fleet.store.load()).devices, [{ deviceId: 'gw-1', admission: 1 }]);
});

t.test('waves that no device enters pass like others', async (t) => {
  const fleet = new InMemoryFleet(1);
  await fleet.start();
  await fleet.enrolAll();
  await fleet.turn();
  const file = tinyPackage();
  const fileDigest = parseWith(digestSchema, createHash('sha256').update(file).digest('hex'), 'digest');
  await fleet.ask({ kind: 'upload-open', fileDigest, sizeBytes: file.length }, 'open');
  await fleet.ask({ kind: 'upload-chunk', fileDigest, offset: 0, data: file }, 'chunk');
  await fleet.ask({ kind: 'upload-close', fileDigest }, 'close');
  const digest = parseWith(digestSchema, digestOf(file), 'digest');
  await fleet.ask(deployRequest(digest, 'gw-1', [25, 50, 100]), 'deploy');
  for (let turn = 0; turn < 8; turn += 1) await fleet.turn();
  const [rollout] = (await fleet.store.load()).rollouts;
  t.match(rollout, { status: 'succeeded', waves: [{ devices: 1 }, { devices: 1 }, { devices: 1 }] });
});
