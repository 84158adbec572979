import {
  type ClientId,
  type DeviceId,
  type Digest,
  type GatewayId,
  mayPublish,
  maySubscribe,
  ownsDevice,
  type Principal,
  parseTopic,
  type RequestId,
  topicsOf,
} from '@liquid-lln/protocol';
import t from 'tap';

const topics = topicsOf('hall');
const device = 'gw-1' as DeviceId;
const board = 'gw-1.left' as DeviceId;
const stranger = 'gw-10' as DeviceId;
const digest = 'a'.repeat(64) as Digest;
const request = 'req_1' as RequestId;
const client = 'cli-7' as ClientId;
const gateway: Principal = { role: 'device', gateway: 'gw-1' as GatewayId };
const operator: Principal = { role: 'operator', client };

t.test('every topic that is made can be taken apart again', async (t) => {
  t.same(parseTopic('hall', topics.wave('staging')), { kind: 'wave', environment: 'staging' });
  t.same(parseTopic('hall', topics.desired(device)), { kind: 'desired', device });
  t.same(parseTopic('hall', topics.isolation(board)), { kind: 'isolation', device: board });
  t.same(parseTopic('hall', topics.eventAck(board)), { kind: 'ack', device: board });
  t.same(parseTopic('hall', topics.command(device, request)), { kind: 'command', device, request });
  t.same(parseTopic('hall', topics.packageManifest(digest)), { kind: 'package-manifest', digest });
  t.same(parseTopic('hall', topics.packageChunk(digest, 12)), { kind: 'package-chunk', digest, index: 12 });
  t.same(parseTopic('hall', topics.operatorProgress(client, request)), { kind: 'operator-progress', client, request });
});

t.test('what is not a topic of the fleet is nobody', async (t) => {
  const foreign = [
    topics.wave('staging').replace('hall', 'yard'),
    'lln/v1/hall/env/mars/wave',
    'lln/v1/hall/device/GW/reported',
    'lln/v1/hall/device/gw-1/reported/more',
    'lln/v1/hall/device/gw-1/command',
    `lln/v1/hall/package/${digest}/chunk/007`,
    'lln/v1/hall/package/short/manifest',
    'lln/v1/hall/operator/cli/request',
    '$SYS/broker',
    '',
  ];
  for (const topic of foreign) t.equal(parseTopic('hall', topic), null, topic);
});

t.test('a device speaks for itself and its boards only', async (t) => {
  t.ok(mayPublish('hall', gateway, topics.reported(device)));
  t.ok(mayPublish('hall', gateway, topics.event(board)));
  t.notOk(mayPublish('hall', gateway, topics.reported(stranger)), 'a longer id that begins alike is somebody else');
  t.notOk(mayPublish('hall', gateway, topics.desired(device)), 'what is wanted is not for the device to say');
  t.notOk(mayPublish('hall', gateway, topics.isolation(device)), 'a device does not release itself');
  t.notOk(mayPublish('hall', gateway, topics.wave('production')));
  t.notOk(mayPublish('hall', gateway, topics.packageChunk(digest, 0)));
  t.notOk(mayPublish('hall', gateway, topics.operatorRequest(client, request)));
  t.notOk(ownsDevice('gw-1' as GatewayId, stranger));
});

t.test('a device reads waves, packages and what is addressed to it', async (t) => {
  t.ok(maySubscribe('hall', gateway, topics.wave('production')));
  t.ok(maySubscribe('hall', gateway, topics.packageChunk(digest, 3)));
  t.ok(maySubscribe('hall', gateway, topics.desired(board)));
  t.ok(maySubscribe('hall', gateway, topics.isolation(board)));
  t.ok(maySubscribe('hall', gateway, 'lln/v1/hall/device/gw-1/command/+'));
  const refused = [
    '#',
    'lln/v1/hall/#',
    'lln/v1/hall/device/+/reported',
    'lln/v1/hall/device/+/command/+',
    topics.desired(stranger),
    topics.isolation(stranger),
    topics.reported(device),
    `lln/v1/hall/package/${digest}/chunk/+`,
    `lln/v1/hall/package/+/manifest`,
    'lln/v1/hall/operator/cli-7/reply/+',
  ];
  for (const filter of refused) t.notOk(maySubscribe('hall', gateway, filter), filter);
});

t.test('an operator asks and listens under its own client id only', async (t) => {
  t.ok(mayPublish('hall', operator, topics.operatorRequest(client, request)));
  t.notOk(mayPublish('hall', operator, topics.operatorRequest('cli-8' as ClientId, request)));
  t.notOk(mayPublish('hall', operator, topics.desired(device)));
  t.notOk(
    mayPublish('hall', operator, topics.isolation(device)),
    'the coordinator alone isolates: it keeps the record',
  );
  t.ok(mayPublish('hall', { role: 'coordinator' }, topics.isolation(device)));
  t.ok(maySubscribe('hall', operator, 'lln/v1/hall/operator/cli-7/reply/+'));
  t.ok(maySubscribe('hall', operator, 'lln/v1/hall/operator/cli-7/progress/+'));
  t.notOk(maySubscribe('hall', operator, 'lln/v1/hall/operator/cli-8/reply/+'));
  t.notOk(maySubscribe('hall', operator, 'lln/v1/hall/operator/+/reply/+'));
  t.notOk(maySubscribe('hall', operator, topics.reported(device)));
});
