import { isLlnError, LlnError } from '@liquid-lln/protocol';
import t from 'tap';
import { exampleImage, uploadCommand, VirtualBoard } from '../../../support/board/virtual-board.js';

const image = exampleImage('cfc-wired');
const liveImage = exampleImage('gru');
const small = { messageBytesMax: 512 };
const chunks = Math.ceil(image.length / 400);

/** A board that serves one network and gets another. */
function servingBoard(options: ConstructorParameters<typeof VirtualBoard>[0] = {}): VirtualBoard {
  const board = new VirtualBoard({ ...options, board: { ...small, ...options.board } });
  board.mock.slots.install(liveImage);
  return board;
}

function isLiveUntouched({ mock }: VirtualBoard): boolean {
  const { slots } = mock;
  return slots.live === 'blue' && Buffer.from(slots.slot('blue')?.bytes ?? []).equals(liveImage);
}

/** Bytes of images that reached the board. */
function bytesSent({ mock }: VirtualBoard): number {
  const chunkBytes = mock.requests.map(({ payload }) =>
    payload['data'] instanceof Uint8Array ? payload['data'].length : 0,
  );
  return chunkBytes.reduce((sum, bytes) => sum + bytes, 0);
}

t.test('an upload fills the slot on standby and leaves the live one alone', async (t) => {
  const board = servingBoard();
  const progress: number[] = [];
  const signal = new AbortController().signal;
  const upload = board.client.upload(image, { signal, onProgress: (done) => void progress.push(done) });
  t.equal(await board.run(upload), 'green');
  t.same(Buffer.from(board.mock.slots.slot('green')?.bytes ?? []), Buffer.from(image));
  t.ok(isLiveUntouched(board));
  t.equal(progress.at(-1), image.length);
  t.same(
    progress,
    [...progress].sort((a, b) => a - b),
    'progress only grows',
  );
  const sent = board.countRequests(...uploadCommand);
  t.equal(await board.upload(image), 'green', 'what is there already');
  t.equal(board.countRequests(...uploadCommand), sent, 'is not sent again');
});

t.test('B35: an upload over a line that spoils one byte in a thousand arrives whole', async (t) => {
  for (const seed of [1, 2, 3]) {
    const faults = { flipRate: 1e-3, dropRate: 1e-4 };
    const board = servingBoard({ seed, toBoard: faults, toHost: faults });
    t.equal(await board.upload(image), 'green');
    t.same(Buffer.from(board.mock.slots.slot('green')?.bytes ?? []), Buffer.from(image));
    t.ok(isLiveUntouched(board));
  }
});

t.test('B35: lost, doubled and truncated frames do no harm', async (t) => {
  const faults = { frameDropRate: 0.1, frameDuplicateRate: 0.2, frameTruncateRate: 0.05, noiseBytesMax: 20 };
  for (const seed of [4, 5, 6]) {
    const board = servingBoard({ seed, toBoard: faults, toHost: faults, board: { answerMsMax: 8 } });
    t.equal(await board.upload(image), 'green');
    t.same(Buffer.from(board.mock.slots.slot('green')?.bytes ?? []), Buffer.from(image));
    t.ok(isLiveUntouched(board));
  }
});

for (const [what, interrupt] of [
  ['unplugged', (board: VirtualBoard) => board.line.unplug()],
  ['restarted', (board: VirtualBoard) => board.mock.restart()],
] as const) {
  t.test(`B35: a board that is ${what} at any chunk gets the whole image all the same`, async (t) => {
    for (let at = 1; at <= chunks; at += 1) {
      const board = servingBoard({ seed: at });
      let seen = 0;
      board.line.onRequest = ({ group, command }) => {
        if (group !== 1 || command !== 1 || ++seen !== at) return;
        interrupt(board);
        board.clock.after(700, () => board.line.plug());
      };
      t.equal(await board.upload(image), 'green', `chunk ${at}`);
      t.ok(isLiveUntouched(board));
      t.ok(bytesSent(board) <= image.length + 6 * 400, `${bytesSent(board)} bytes were sent`);
    }
  });
}

t.test('B35: a board that stays unplugged fails the upload in time, and the next one goes on', async (t) => {
  const board = servingBoard();
  let seen = 0;
  board.line.onRequest = ({ group, command }) => {
    if (group === 1 && command === 1 && ++seen === chunks - 2) board.line.unplug();
  };
  await t.rejects(board.upload(image), { code: 'BOARD_UNREACHABLE' });
  t.ok(isLiveUntouched(board));
  board.line.plug();
  const before = board.countRequests(...uploadCommand);
  t.equal(await board.upload(image), 'green');
  t.ok(board.countRequests(...uploadCommand) - before <= 6, 'only what was missing was sent');
});

t.test('B35: a board that hangs fails the upload within two minutes', async (t) => {
  const board = servingBoard();
  let seen = 0;
  board.line.onRequest = ({ group, command }) => {
    if (group === 1 && command === 1 && ++seen === 3) board.mock.isHanging = true;
  };
  const signal = new AbortController().signal;
  await t.rejects(board.run(board.client.upload(image, { signal }), 120), { code: 'BOARD_UNREACHABLE' });
  t.ok(isLiveUntouched(board));
});

t.test('an upload ends when its signal says so', async (t) => {
  const board = servingBoard();
  const abort = new AbortController();
  board.line.onRequest = ({ group, command }) => {
    if (group === 1 && command === 1) abort.abort(new LlnError('TIMED_OUT', 'enough'));
  };
  await t.rejects(board.run(board.client.upload(image, { signal: abort.signal })), { code: 'TIMED_OUT' });
});

t.test('B36: what does not fit is refused with the number that failed, before a byte is sent', async (t) => {
  const cases = [
    [{ slotBytes: 1_000 }, `${image.length} bytes of slot green, the board has 1000`],
    [{ scratchBytes: 16 }, 'bytes of scratch memory, the board has 16'],
    [{ stateBytes: 71 }, '72 bytes of state memory, the board has 71'],
    [{ messageBytesMax: 219 }, '220 bytes of a message, the board has 219'],
  ] as const;
  for (const [limits, words] of cases) {
    const board = servingBoard({ board: limits });
    const refusal = await board.upload(image).catch((error: unknown) => error);
    t.ok(isLlnError(refusal, 'BOARD_TOO_SMALL'), words);
    t.match(refusal, { message: new RegExp(words) });
    t.equal(board.countRequests(...uploadCommand), 0);
  }
});

t.test('B38: a network for another kernel ABI is refused with both numbers, before a byte is sent', async (t) => {
  const board = servingBoard({ board: { kernelAbi: 2 } });
  await t.rejects(board.upload(image), {
    code: 'IMAGE_ABI_UNSUPPORTED',
    message: 'the network image is for kernel ABI 1, the board has 2',
    context: { needed: 1, available: 2 },
  });
  t.equal(board.countRequests(...uploadCommand), 0);
});

t.test('B36: what is no network is refused before a byte is sent', async (t) => {
  const board = servingBoard();
  const damaged = image.slice();
  damaged[200] = (damaged[200] ?? 0) ^ 1;
  await t.rejects(board.upload(damaged), { code: 'IMAGE_INVALID' });
  t.equal(board.mock.requests.length, 0);
});

t.test('the window is what was asked for, and at most what the board takes', async (t) => {
  const underWay = async (window: number | undefined, buffers: number) => {
    const board = servingBoard({ board: { buffers, answerMsMax: 20 } });
    await board.upload(image, window);
    t.equal(board.line.overruns, 0);
    return board.line.underWayMax;
  };
  t.equal(await underWay(1, 4), 1);
  t.equal(await underWay(2, 4), 2);
  t.equal(await underWay(undefined, 4), 4);
  t.equal(await underWay(16, 3), 3);
});

t.test('a trial is not disturbed: the board refuses and says why', async (t) => {
  const board = servingBoard();
  await board.upload(image);
  const [, standby] = await board.run(board.client.images());
  await board.run(board.client.startTrial(standby?.hash ?? '', 60));
  const refusal = await board.upload(exampleImage('ltc-plain-memory')).catch((error: unknown) => error);
  t.match(refusal, { code: 'BOARD_REFUSED', context: { group: 1, rc: 28 }, message: /on trial/ });
});
