import { followLogs, MessageQueue } from '@liquid-lln/cli/testing';
import {
  deviceLogSchema,
  LlnError,
  type OperatorProgress,
  type OperatorReplyTo,
  operatorReplySchema,
  parseWith,
} from '@liquid-lln/protocol';
import { ManualClock } from '@liquid-lln/protocol/testing';
import t from 'tap';

/** One conversation of the follower, with the other side in the test's hand. */
interface Talk {
  readonly progress: MessageQueue<OperatorProgress>;
  readonly answer: (error?: LlnError) => void;
  isClosed: boolean;
}

function setUp() {
  const clock = new ManualClock();
  const interruption = new AbortController();
  const talks: Talk[] = [];
  const shown: string[] = [];
  const troubles: string[] = [];
  const converse = () => {
    const progress = new MessageQueue<OperatorProgress>();
    let talk: Talk | null = null;
    const reply = new Promise<OperatorReplyTo<'logs'>>((resolve, reject) => {
      const empty = parseWith(operatorReplySchema, { of: 'logs', logs: [], silent: [] }, 'reply');
      const answer = (error?: LlnError) =>
        error === undefined ? resolve(empty as OperatorReplyTo<'logs'>) : reject(error);
      talk = { progress, answer, isClosed: false };
      talks.push(talk);
    });
    const close = () => {
      if (talk !== null) talk.isClosed = true;
      progress.end();
    };
    return { reply, progress, close };
  };
  const ending = followLogs(
    { client: { converse: converse as never }, clock },
    {
      target: { name: 'all', environment: null },
      tail: 10,
      interrupted: interruption.signal,
      onTail: () => shown.push('(tail)'),
      onLines: (log) => shown.push(...log.lines.map(({ message }) => message)),
      onTrouble: (message) => troubles.push(message),
    },
  );
  return { clock, interruption, talks, shown, troubles, ending };
}

function say(talk: Talk | undefined, message: string): void {
  const log = parseWith(deviceLogSchema, { deviceId: 'gw-1', lines: [{ atMs: 0, level: 'info', message }] }, 'log');
  talk?.progress.push({ kind: 'log', log });
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

t.test('a line is shown once and none is lost while the following is renewed', async (t) => {
  const { clock, talks, shown, interruption, ending } = setUp();
  talks[0]?.answer();
  await settle();
  say(talks[0], 'before');
  await settle();
  clock.advance(20_000);
  for (const talk of talks) say(talk, 'during');
  await settle();
  talks[1]?.answer();
  await settle();
  t.equal(talks[0]?.isClosed, true);
  for (const talk of talks) say(talk, 'after');
  await settle();
  interruption.abort();
  await ending;
  t.same(shown, ['(tail)', 'before', 'during', 'after']);
});

t.test('a renewal that fails is told, and the next one is tried', async (t) => {
  const { clock, talks, shown, troubles, interruption, ending } = setUp();
  talks[0]?.answer();
  await settle();
  clock.advance(20_000);
  talks[1]?.answer(new LlnError('COORDINATOR_UNREACHABLE', 'away'));
  await settle();
  t.same(troubles, ['away']);
  say(talks[0], 'still there');
  clock.advance(20_000);
  talks[2]?.answer();
  await settle();
  say(talks[2], 'anew');
  await settle();
  interruption.abort();
  await ending;
  t.same(shown, ['(tail)', 'still there', 'anew']);
});

t.test('a target that is not known ends it', async (t) => {
  const { talks, ending } = setUp();
  talks[0]?.answer(new LlnError('TARGET_UNKNOWN', 'no "mars"'));
  await t.rejects(ending, { code: 'TARGET_UNKNOWN' });
});
