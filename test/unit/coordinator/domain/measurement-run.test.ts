import { beginRun, cancelRun, expire, newsOf, openParts, takeReply } from '@liquid-lln/coordinator';
import type { DeviceId, DeviceReply } from '@liquid-lln/protocol';
import t from 'tap';

const [first, second, third] = ['gw-1', 'gw-1.a', 'gw-2'] as DeviceId[] as [DeviceId, DeviceId, DeviceId];
const devices = [first, second].map((deviceId) => ({ deviceId, isOnline: true }));
const progress: DeviceReply = { v: 1, kind: 'progress', progress: { done: 5, total: 10, unit: 'inferences' } };
const error = { code: 'DEVICE_BUSY', message: 'busy', remedy: 'wait', context: {} };
const failure: DeviceReply = { v: 1, kind: 'error', error };

t.test('a device that is away is not waited for', async (t) => {
  const run = beginRun([...devices, { deviceId: third, isOnline: false }], 60, 0);
  t.same(
    openParts(run).map(({ deviceId }) => deviceId),
    [first, second],
  );
  const away = newsOf(run, 0).devices.find(({ deviceId }) => deviceId === third);
  t.match(away, { state: 'failed', error: { code: 'DEVICE_UNREACHABLE' } });
});

t.test('only what changed is told, and the end once all of it is', async (t) => {
  const begun = beginRun(devices, 60, 0);
  const { revision } = newsOf(begun, 0);
  t.same(newsOf(begun, revision), { revision, isOver: false, devices: [] });
  const running = takeReply(begun, second, progress, 1_000);
  t.match(newsOf(running, revision).devices, [{ deviceId: second, state: 'running', progress: { done: 5 } }]);
  const over = [first, second].reduce((run, device) => takeReply(run, device, failure, 2_000), running);
  t.match(newsOf(over, revision), { isOver: true, devices: [{ state: 'failed' }, { state: 'failed' }] });
  t.equal(takeReply(over, first, progress, 3_000), over, 'what comes late changes nothing');
});

t.test('of many devices no answer tells more than one message holds, and none is left out', async (t) => {
  const many = Array.from({ length: 450 }, (_, index) => ({ deviceId: `gw-${index}` as DeviceId, isOnline: true }));
  let run = beginRun(many, 60, 0);
  for (const { deviceId } of many) run = takeReply(run, deviceId, failure, 1);
  const told = new Set<DeviceId>();
  let answers = 0;
  for (let revision = 0, isOver = false; !isOver; answers += 1) {
    const news = newsOf(run, revision);
    for (const { deviceId } of news.devices) told.add(deviceId);
    ({ revision, isOver } = news);
  }
  t.equal(told.size, 450);
  t.equal(answers, 3);
});

t.test('what does not answer, is late, or is wanted by nobody has an end', async (t) => {
  const run = beginRun(devices, 600, 0);
  const silent = expire(takeReply(run, first, progress, 50_000), 61_000);
  t.match(newsOf(silent, 0).devices.find(({ deviceId }) => deviceId === second)?.error, { code: 'DEVICE_UNREACHABLE' });
  t.same(
    openParts(silent).map(({ deviceId }) => deviceId),
    [first],
  );
  const late = expire({ ...takeReply(run, first, progress, 600_000), askedMs: 600_000 }, 600_001);
  t.match(newsOf(late, 0).devices[0]?.error, { code: 'TIMED_OUT' });
  t.match(newsOf(expire(run, 121_000), 0).devices[0]?.error, { code: 'MEASUREMENT_INTERRUPTED' });
  t.match(newsOf(cancelRun(run), 0), { isOver: true });
});
