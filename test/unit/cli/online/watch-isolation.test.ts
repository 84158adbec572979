import { watchIsolation } from '@liquid-lln/cli/testing';
import { type DeviceIsolation, deviceIsolationSchema, LlnError, parseWith } from '@liquid-lln/protocol';
import { ManualClock } from '@liquid-lln/protocol/testing';
import t from 'tap';

function device(deviceId: string, progress: string, isolated = true): DeviceIsolation {
  return parseWith(deviceIsolationSchema, { deviceId, isolation: { isolated, progress, told: null } }, 'device');
}

function setUp(first: readonly DeviceIsolation[]) {
  const clock = new ManualClock();
  const interruption = new AbortController();
  const troubles: string[] = [];
  let answer: readonly DeviceIsolation[] | LlnError = first;
  const request = async () => {
    if (answer instanceof LlnError) throw answer;
    return { of: 'isolations', devices: answer };
  };
  const ending = watchIsolation(
    { client: { request: request as never }, clock },
    {
      target: { name: 'all', environment: null },
      isolated: true,
      first,
      timeoutMs: 30_000,
      interrupted: interruption.signal,
      onChange: () => undefined,
      onTrouble: (message) => troubles.push(message),
    },
  );
  /** Lets seconds pass, with this as the answer in all of them. */
  const pass = async (seconds: number, next: readonly DeviceIsolation[] | LlnError): Promise<void> => {
    answer = next;
    for (let half = 0; half < seconds * 2; half += 1) {
      clock.advance(500);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { interruption, troubles, ending, pass };
}

t.test('a watch ends when every device has said so', async (t) => {
  const awaited = device('gw-2', 'awaited');
  const { ending, pass } = setUp([device('gw-1', 'awaited'), awaited]);
  await pass(1, [device('gw-1', 'in-force'), awaited]);
  await pass(1, [device('gw-1', 'in-force'), device('gw-2', 'in-force'), device('gw-3', 'awaited')]);
  const { devices, how } = await ending;
  t.equal(how, 'settled');
  t.equal(devices.length, 2, 'one that joined meanwhile was not meant');
});

t.test('where all is so already nobody is asked', async (t) => {
  const { ending } = setUp([device('gw-1', 'in-force')]);
  t.match(await ending, { how: 'settled' });
});

t.test('devices that are away are waited for only as long as a start of the coordinator may take', async (t) => {
  const first = [device('gw-1', 'offline'), device('gw-2', 'in-force')];
  const { ending, pass } = setUp(first);
  let isOver = false;
  void ending.then(() => {
    isOver = true;
  });
  await pass(4, first);
  t.notOk(isOver);
  await pass(2, first);
  t.match(await ending, { how: 'settled', devices: [{ isolation: { progress: 'offline' } }, {}] });
});

t.test('a watch survives a coordinator that is away, and ends in time', async (t) => {
  const { ending, pass, troubles } = setUp([device('gw-1', 'awaited')]);
  await pass(29, new LlnError('COORDINATOR_UNREACHABLE', 'away'));
  await pass(2, [device('gw-1', 'awaited')]);
  t.equal((await ending).how, 'timed-out');
  t.same(troubles, ['away'], 'told once');
});

t.test('what somebody else has wanted meanwhile is not waited for', async (t) => {
  const { ending, pass } = setUp([device('gw-1', 'awaited')]);
  await pass(1, [device('gw-1', 'awaited', false)]);
  t.match(await ending, { how: 'settled', devices: [{ isolation: { isolated: false } }] });
});

t.test('an interrupted watch ends with what was known', async (t) => {
  const { ending, interruption } = setUp([device('gw-1', 'awaited')]);
  interruption.abort();
  t.match(await ending, { how: 'interrupted', devices: [{ deviceId: 'gw-1' }] });
});
