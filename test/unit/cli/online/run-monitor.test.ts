import { runMonitor } from '@liquid-lln/cli/testing';
import { type DeviceView, LlnError } from '@liquid-lln/protocol';
import { ManualClock } from '@liquid-lln/protocol/testing';
import t from 'tap';
import { someDevice } from '../../../support/fleet-views.js';

/** Runs a monitoring of ten seconds, a look every second, over devices that `look` gives. */
function setUp(look: (index: number) => DeviceView[] | LlnError) {
  const clock = new ManualClock();
  const interruption = new AbortController();
  let looks = 0;
  const troubles: string[] = [];
  const request = async ({ kind }: { kind: string }) => {
    if (kind === 'events') return { of: 'events', events: [] };
    if (kind === 'rollouts') return { of: 'rollouts', rollouts: [] };
    if (kind === 'alerts') return { of: 'alerts', alerts: [], silences: [] };
    const devices = look(looks++);
    if (devices instanceof LlnError) throw devices;
    return { of: 'devices', devices };
  };
  const ending = runMonitor(
    { client: { request: request as never }, clock },
    {
      target: { name: 'production', environment: null },
      durationMs: 10_000,
      intervalMs: 1_000,
      interrupted: interruption.signal,
      onSample: () => undefined,
      onTrouble: (message) => troubles.push(message),
    },
  );
  const pass = async (seconds: number): Promise<void> => {
    for (let second = 0; second < seconds; second++) {
      await new Promise((resolve) => setImmediate(resolve));
      clock.advance(1_000);
    }
  };
  return { ending, pass, interruption, troubles };
}

t.test('a monitoring looks from the first to the last moment', async (t) => {
  const { ending, pass } = setUp(() => [someDevice()]);
  await pass(10);
  const report = await ending;
  t.equal(report.samples.length, 11);
  t.match(report, { missed: 0, firings: [], wasInterrupted: false });
  t.equal(report.endedMs - report.startedMs, 10_000);
});

t.test('looks that the coordinator misses are counted, not made up', async (t) => {
  const away = new LlnError('COORDINATOR_UNREACHABLE', 'away');
  const { ending, pass, troubles } = setUp((index) => (index === 3 || index === 4 ? away : [someDevice()]));
  await pass(10);
  t.match(await ending, { missed: 2 });
  t.same(troubles, ['away', 'away']);
});

t.test('a first look that fails is the end', async (t) => {
  const { ending } = setUp(() => new LlnError('TARGET_UNKNOWN', 'no "mars"'));
  await t.rejects(ending, { code: 'TARGET_UNKNOWN' });
});

t.test('an interrupted monitoring reports what it saw', async (t) => {
  const { ending, pass, interruption } = setUp(() => [someDevice('gw-1', { online: false, faults: ['offline'] })]);
  await pass(2);
  interruption.abort();
  t.match(await ending, { wasInterrupted: true, firings: [{ what: 'liveness', detail: 'offline' }] });
});
