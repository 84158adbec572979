import { isLlnError, LlnError } from '@liquid-lln/protocol';
import t from 'tap';
import { badLine, longestRequestBytes, NetworkOnBoard, stepsAsked } from '../../../support/board/network-on-board.js';
import { exampleImage } from '../../../support/board/virtual-board.js';
import { wideImage } from '../../../support/board/wide-image.js';

const infer = 1;
const verify = 4;
const small = new NetworkOnBoard(exampleImage('gru'));
const wide = new NetworkOnBoard(wideImage);
const signal = new AbortController().signal;
const seeds = Array.from({ length: 20 }, (_, i) => i + 1);

const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0);

for (const [what, network, steps] of [
  ['small', small, 170],
  ['wide', wide, 60],
] as const) {
  t.test(`B35: a ${what} network answers over a line that spoils one byte in a thousand`, async (t) => {
    for (const seed of seeds) {
      const board = network.serve({ seed, ...badLine });
      t.ok(await board.run(network.isRight(board, 1, seed)), `one step, seed ${seed}`);
      t.ok(await board.run(network.isRight(board, steps, seed)), `${steps} steps, seed ${seed}`);
      t.ok(longestRequestBytes(board) <= board.mock.init.messageBytesMax);
    }
  });

  t.test(`B31: golden vectors of a ${what} network pass over a line that spoils one byte in a thousand`, async (t) => {
    for (const seed of seeds) {
      const board = network.serve({ seed, ...badLine });
      const vectors = [network.vector(steps, seed), network.vector(1), network.vector(20)];
      t.equal(await board.run(board.client.verify('blue', vectors, signal)), null, `seed ${seed}`);
      t.ok(longestRequestBytes(board) <= board.mock.init.messageBytesMax);
    }
  });
}

t.test('B31: a difference is found over a line that spoils one byte in a thousand', async (t) => {
  for (const seed of seeds) {
    const board = small.serve({ seed, ...badLine });
    board.mock.networks.wrongOutput = 70;
    t.match(await board.run(board.client.verify('blue', [small.vector(60)], signal)), { what: 'outputs', at: 70 });
  }
});

t.test('several sequences at once have the right bits, over a bad line too', async (t) => {
  for (const seed of seeds.slice(0, 10)) {
    const board = small.serve({ seed, ...badLine, board: { answerMsMax: 5 } });
    const asked = [1, 60, 1, 30, 100, 1].map((steps) => small.isRight(board, steps, steps));
    t.same(await board.run(Promise.all(asked)), [true, true, true, true, true, true]);
  }
});

t.test('B31: a lost answer costs a part, not the vector', async (t) => {
  const board = small.serve();
  let seen = 0;
  board.line.onRequest = ({ command }) => {
    if (command === verify) Object.assign(board.line.toHost, { frameDropRate: ++seen === 3 ? 1 : 0 });
  };
  t.equal(await board.run(board.client.verify('blue', [small.vector(500)], signal)), null);
  const offsets = board.mock.requests.filter(({ command }) => command === verify).map(({ payload }) => payload['off']);
  t.equal(offsets.filter((offset) => offset === 0).length, 1, `the vector was begun once: ${offsets}`);
  t.ok(seen > 4);
});

t.test('B31: a board that forgets its place again and again is given up', async (t) => {
  const board = small.serve();
  board.line.onRequest = ({ command, payload }) => {
    if (command === verify && payload['off'] !== 0) board.mock.networks.forget();
  };
  await t.rejects(board.run(board.client.verify('blue', [small.vector(500)], signal)), {
    code: 'BOARD_REFUSED',
    context: { group: 64, rc: 9 },
  });
  t.ok(stepsAsked(board, verify).length < 30, `${stepsAsked(board, verify).length} requests`);
});

t.test('a sequence waits for a board that is unplugged, and goes on where it was', async (t) => {
  const board = small.serve({ board: { messageBytesMax: 512 } });
  let seen = 0;
  board.line.onRequest = ({ command }) => {
    if (command !== infer || ++seen !== 4) return;
    board.line.unplug();
    board.clock.after(4_000, () => board.line.plug());
  };
  const startMs = board.clock.monotonicMs();
  t.ok(await board.run(small.isRight(board, 100)));
  t.ok(board.clock.monotonicMs() - startMs > 4_000);
  t.equal(sum(stepsAsked(board, infer)), 100, 'no step was made twice: the plug was pulled before the board heard');
});

t.test('a board that stays unplugged fails a sequence in time', async (t) => {
  const board = small.serve({ board: { messageBytesMax: 512 } });
  let cutMs = 0;
  board.line.onRequest = ({ command }) => {
    if (command !== infer || stepsAsked(board, infer).length < 3) return;
    cutMs = board.clock.monotonicMs();
    board.line.unplug();
  };
  await t.rejects(board.run(small.isRight(board, 100)), { code: 'BOARD_UNREACHABLE', message: /not connected/ });
  const tookMs = board.clock.monotonicMs() - cutMs;
  t.ok(tookMs > 9_900 && tookMs < 10_100, `${tookMs} ms`);
});

t.test('a board that falls silent fails a call in time, and all attempts are named', async (t) => {
  for (const [limitMs, work] of [
    [10_000, (board) => small.isRight(board, 170)],
    [60_000, (board) => board.client.verify('blue', [small.vector(170)], signal)],
  ] satisfies [number, (board: ReturnType<typeof small.serve>) => Promise<unknown>][]) {
    const board = small.serve({ board: { messageBytesMax: 512 } });
    let unanswered = 0;
    let heardMs = 0;
    board.line.onRequest = ({ group }) => {
      if (group !== 64 || board.mock.requests.length < 5) return;
      if (unanswered++ === 0) heardMs = board.clock.monotonicMs();
      Object.assign(board.line.toHost, { frameDropRate: 1 });
    };
    const failure = await board.run(work(board).catch((error: unknown) => error));
    const tookMs = board.clock.monotonicMs() - heardMs;
    t.ok(isLlnError(failure, 'BOARD_UNREACHABLE'));
    t.match(failure, { context: { attempts: unanswered }, message: new RegExp(`was sent ${unanswered} times`) });
    t.ok(unanswered > 5 && tookMs <= limitMs, `${unanswered} attempts in ${tookMs} ms`);
  }
});

t.test('a board that hangs fails a call in time', async (t) => {
  const board = small.serve();
  board.mock.isHanging = true;
  await t.rejects(board.run(small.isRight(board, 170), 11), { code: 'BOARD_UNREACHABLE' });
  await t.rejects(board.run(board.client.verify('blue', [small.vector(9)], signal), 61), { code: 'BOARD_UNREACHABLE' });
});

t.test('verification ends when its signal says so, whatever the reason', async (t) => {
  const board = small.serve();
  const abort = new AbortController();
  board.line.onRequest = ({ command, payload }) => {
    if (command === verify && payload['off'] !== 0) abort.abort(new LlnError('BOARD_UNREACHABLE', 'enough'));
  };
  const work = board.client.verify('blue', [small.vector(170)], abort.signal);
  await t.rejects(board.run(work, 1), { code: 'BOARD_UNREACHABLE', message: 'enough' });
});

t.test('closing the link ends a sequence at once', async (t) => {
  const board = small.serve();
  board.line.onRequest = ({ command }) => {
    if (command === infer && stepsAsked(board, infer).length > 0) void board.client.close();
  };
  await t.rejects(board.run(small.isRight(board, 170), 1), {
    code: 'BOARD_UNREACHABLE',
    message: 'the link was closed',
  });
});
