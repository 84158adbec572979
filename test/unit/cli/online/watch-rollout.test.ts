import { MessageQueue, watchRollout } from '@liquid-lln/cli/testing';
import { LlnError, type OperatorProgress, type RolloutSummary } from '@liquid-lln/protocol';
import { ManualClock } from '@liquid-lln/protocol/testing';
import t from 'tap';
import { someMember, someRollout } from '../../../support/fleet-views.js';

const inTrial = someMember('gw-1', { progress: 'trial' });
const running = someRollout({ status: 'running', members: [inTrial] });

function setUp(answer: () => RolloutSummary | LlnError) {
  const clock = new ManualClock();
  const progress = new MessageQueue<OperatorProgress>();
  const interruption = new AbortController();
  const troubles: string[] = [];
  const seen: string[] = [];
  const request = async () => {
    const reply = answer();
    if (reply instanceof LlnError) throw reply;
    return { of: 'rollout', rollout: reply };
  };
  const ending = watchRollout(
    { client: { request: request as never }, clock },
    {
      first: running,
      progress,
      timeoutMs: 600_000,
      interrupted: interruption.signal,
      onChange: (rollout) => seen.push(rollout.status),
      onTrouble: (message) => troubles.push(message),
    },
  );
  /** Lets time pass, and what waits for it go on. */
  const pass = async (ms: number): Promise<void> => {
    clock.advance(ms);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { progress, interruption, troubles, seen, ending, pass };
}

t.test('a watch ends with the news that the rollout rests', async (t) => {
  const { progress, ending, seen } = setUp(() => running);
  progress.push({ kind: 'rollout', rollout: someRollout() });
  t.match(await ending, { rollout: { status: 'succeeded' }, wasInterrupted: false });
  t.same(seen, ['running', 'succeeded']);
});

t.test('lost news are found by asking, also after a time without a coordinator', async (t) => {
  let answer: RolloutSummary | LlnError = new LlnError('COORDINATOR_UNREACHABLE', 'away');
  const { ending, pass, troubles } = setUp(() => answer);
  await pass(2_000);
  await pass(2_000);
  answer = someRollout();
  await pass(2_000);
  t.match(await ending, { rollout: { status: 'succeeded' } });
  t.same(troubles, ['away'], 'told once');
});

t.test('a halted rollout is watched until its devices are home', async (t) => {
  const { progress, ending, pass } = setUp(() => someRollout({ status: 'halted', members: [inTrial] }));
  await pass(2_000);
  const home = someRollout({ status: 'halted', members: [someMember('gw-1', { progress: 'reverted' })] });
  progress.push({ kind: 'rollout', rollout: home });
  t.match(await ending, { rollout: { members: [{ progress: 'reverted' }] }, wasInterrupted: false });
});

t.test('devices of a halted rollout that never come home are not waited for forever', async (t) => {
  const { ending, pass } = setUp(() => someRollout({ status: 'halted', members: [inTrial] }));
  await pass(2_000);
  await pass(31_000);
  t.match(await ending, { rollout: { status: 'halted' }, wasInterrupted: false });
});

t.test('a rollout that does not rest in time is TIMED_OUT', async (t) => {
  const { ending, pass } = setUp(() => running);
  const failure = t.rejects(ending, { code: 'TIMED_OUT', context: { rolloutId: 'r-0abc12' } });
  await pass(600_000);
  await failure;
});

t.test('an interrupted watch ends with where the rollout was', async (t) => {
  const { interruption, ending } = setUp(() => running);
  interruption.abort();
  t.match(await ending, { rollout: { status: 'running' }, wasInterrupted: true });
});
