import { resolveTarget } from '@liquid-lln/coordinator';
import type { Environment } from '@liquid-lln/protocol';
import t from 'tap';
import { fleetOf, someDevice } from '../../../support/coordinator/rollout-builders.js';

const fleet = fleetOf([
  someDevice('gw-1', { reported: { addresses: ['http://10.0.0.1:8080'] } }),
  someDevice('gw-2', { environment: 'staging', reported: { addresses: ['http://10.0.0.2:8080'] } }),
  someDevice('gw-3', { environment: 'staging' }),
]);

function namesOf(name: string, environment: Environment | null = null): string[] {
  return resolveTarget({ name, environment }, fleet).devices.map((device) => device.deviceId);
}

t.test('a target is an environment, all, a device, a kind or an address', async (t) => {
  t.same(namesOf('staging'), ['gw-2', 'gw-3']);
  t.same(namesOf('all'), ['gw-1', 'gw-2', 'gw-3']);
  t.same(namesOf('gw-3'), ['gw-3']);
  t.same(namesOf('native'), ['gw-1', 'gw-2', 'gw-3']);
  for (const address of ['10.0.0.2', '10.0.0.2:8080', 'http://10.0.0.2:8080', 'http://10.0.0.2:8080/model'])
    t.same(namesOf(address), ['gw-2'], address);
});

t.test('an environment narrows the others', async (t) => {
  t.same(namesOf('native', 'staging'), ['gw-2', 'gw-3']);
  t.same(namesOf('all', 'production'), ['gw-1']);
  t.throws(() => namesOf('staging', 'production'), { code: 'TARGET_EMPTY' });
});

t.test('only a whole environment is told by wave documents', async (t) => {
  const scope = (name: string, environment: Environment | null = null) =>
    resolveTarget({ name, environment }, fleet).scope.kind;
  t.equal(scope('staging'), 'environment');
  t.equal(scope('all', 'staging'), 'environment');
  t.equal(scope('native', 'staging'), 'devices');
  t.equal(scope('gw-1'), 'devices');
});

t.test('a kind of board means the boards alone', async (t) => {
  const mixed = fleetOf([
    someDevice('gw-1'),
    someDevice('gw-1.a', { kind: 'stm32h743' }),
    someDevice('gw-1.b', { kind: 'posix' }),
    someDevice('gw-2.a', { kind: 'stm32h743', environment: 'staging' }),
  ]);
  const resolve = (environment: Environment | null) => resolveTarget({ name: 'stm32h743', environment }, mixed);
  t.same(
    resolve(null).devices.map((device) => device.deviceId),
    ['gw-1.a', 'gw-2.a'],
  );
  t.same(
    resolve('staging').devices.map((device) => device.deviceId),
    ['gw-2.a'],
  );
  t.equal(resolve(null).scope.kind, 'devices', 'a wave document would tell the gateways too');
});

t.test('a name that means nothing is told from one that means nobody', async (t) => {
  t.throws(() => namesOf('gw-9'), { code: 'TARGET_UNKNOWN' });
  t.throws(() => namesOf('simulation'), { code: 'TARGET_EMPTY' });
  t.throws(() => namesOf('stm32h743'), { code: 'TARGET_EMPTY' });
});
