import { isLlnError } from '@liquid-lln/protocol';
import t from 'tap';
import { exampleImage, VirtualBoard } from '../../../support/board/virtual-board.js';

const infoCommand = [64, 0] as const;

t.test('a silent board is asked a bounded number of times, ever more slowly', async (t) => {
  const board = new VirtualBoard({ toHost: { frameDropRate: 1 } });
  const startMs = board.clock.monotonicMs();
  await t.rejects(board.run(board.client.info()), {
    code: 'BOARD_UNREACHABLE',
    message: /is silent: info was sent 6 times/,
    context: { attempts: 6 },
  });
  t.equal(board.countRequests(...infoCommand), 6);
  const tookMs = board.clock.monotonicMs() - startMs;
  t.ok(tookMs > 9_000 && tookMs <= 10_100, `it took ${tookMs} ms`);
});

t.test('a line that carries nonsense is told from a silent one', async (t) => {
  const board = new VirtualBoard({ toHost: { flipRate: 0.5 } });
  const failure = await board.run(board.client.info()).catch((error: unknown) => error);
  t.ok(isLlnError(failure, 'BOARD_UNREACHABLE') && Number(failure.context['noiseBytes']) > 100);
});

t.test('one lost answer costs one more attempt', async (t) => {
  const board = new VirtualBoard({ toHost: { frameDropRate: 1 } });
  board.clock.after(500, () => Object.assign(board.line.toHost, { frameDropRate: 0 }));
  await board.run(board.client.info());
  t.equal(board.countRequests(...infoCommand), 2);
});

t.test('late and doubled answers find nobody', async (t) => {
  // An answer takes longer than an attempt is waited for: the second attempt takes the first one's answer.
  const board = new VirtualBoard({ toHost: { delayMs: 1_800, frameDuplicateRate: 1 } });
  t.match(await board.run(board.client.info()), { kind: 'posix' });
  t.match(await board.run(board.client.health()), { boots: 1 });
  t.match(await board.run(board.client.images()), []);
});

t.test('answers may overtake each other', async (t) => {
  const board = new VirtualBoard({ board: { answerMsMax: 200, messageBytesMax: 512 } });
  board.mock.slots.install(exampleImage('gru'));
  await board.upload(exampleImage('cfc-wired')); // which tells the client how much may be under way
  const asked = Array.from({ length: 20 }, (_, i) => board.client.log(i));
  const answers = await board.run(Promise.all(asked));
  t.same(
    answers.map(({ lines }) => lines.length),
    asked.map((_, i) => (i <= 1 ? 1 : 0)),
    'each got its own',
  );
  t.ok(board.line.underWayMax > 1);
});

t.test('requests wait for a line that is not there yet', async (t) => {
  const board = new VirtualBoard();
  board.line.unplug();
  const info = board.client.info();
  board.clock.after(3_000, () => board.line.plug());
  t.match(await board.run(info), { kind: 'posix' });
  t.ok(board.client.isConnected);
});

t.test('a line that is not there for too long is told from a silent board', async (t) => {
  const board = new VirtualBoard();
  board.line.unplug();
  await t.rejects(board.run(board.client.info()), { code: 'BOARD_UNREACHABLE', message: /not connected \(.*plugged/ });
  t.notOk(board.client.isConnected);
});

t.test('too many requests at once are refused, and closing ends those that wait', async (t) => {
  const board = new VirtualBoard();
  board.line.unplug();
  const asked = Array.from({ length: 300 }, () => board.client.info().catch((error: unknown) => error));
  await board.client.close();
  const ends = await board.run(Promise.all(asked));
  t.equal(ends.filter((end) => isLlnError(end, 'ENGINE_OVERLOADED')).length, 300 - 256);
  t.equal(ends.filter((end) => isLlnError(end, 'BOARD_UNREACHABLE')).length, 256);
});
