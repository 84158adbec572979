import { join } from 'node:path';
import { connectBoard } from '@liquid-lln/firmware-bridge';
import { buildNetworkImage, seededRandom } from '@liquid-lln/protocol';
import { LocalBoard, randomCfc } from '@liquid-lln/tools';
import t from 'tap';
import { startNoisyProxy } from '../support/board/noisy-proxy.js';
import {
  after,
  before,
  changeNetworks,
  computeSameBits,
  hashOf,
  losePowerInTrial,
  serveFirst,
  signal,
  startBoard,
} from '../support/board/real-board.js';
import { kernel } from '../support/board/virtual-board.js';
import { realClock } from '../support/real-clock.js';

const skip = LocalBoard.faultOf('posix') ?? false;

for (const line of ['socket', 'pty'] as const) {
  t.test(`over a ${line}, a board takes networks, tries them and keeps them`, { skip }, (t) =>
    changeNetworks(t, { kind: 'posix', line }),
  );
  t.test(`B31: over a ${line}, a board computes the bits of this machine's kernel`, { skip }, (t) =>
    computeSameBits(t, { kind: 'posix', line }),
  );
  t.test(`over a ${line}, a power cut in a trial takes it back; the client is there again by itself`, { skip }, (t) =>
    losePowerInTrial(t, { kind: 'posix', line }),
  );
}

t.test('a board profiles its network', { skip }, async (t) => {
  const { board } = await startBoard(t, { kind: 'posix' });
  await serveFirst(board);
  const { stepCycles, tables } = await board.profile(null, 20);
  t.ok(stepCycles > 0);
  t.ok(tables.length > 0);
});

t.test('B35: a power cut in the middle of an upload costs nothing that had arrived', { skip }, async (t) => {
  const { board, process } = await startBoard(t, { kind: 'posix' });
  await serveFirst(board);
  const large = buildNetworkImage(randomCfc({ inputs: 4, units: 64, backbone: 128 }, 1), { defaultTimeStep: 1 });
  const cuts: Promise<void>[] = [];
  const goneOnAt: number[] = [];
  const onProgress = (done: number) => {
    if (cuts.length > 0) goneOnAt.push(done);
    else if (done > large.length / 2) cuts.push(process.cutPower());
  };
  t.equal(await board.upload(large, { signal, window: 2, onProgress }), 'green');
  await Promise.all(cuts);
  t.equal(cuts.length, 1);
  t.ok(Math.min(...goneOnAt) > large.length / 4, `went on at byte ${Math.min(...goneOnAt)} of ${large.length}`);
  t.match(await board.info(), { live: 'blue' });
  t.match(await board.images(), [{ isActive: true }, { hash: hashOf(large), isBootable: true }]);
});

t.test('B35: a line that spoils one byte in two thousand brings a board its network', { skip }, async (t) => {
  const { board, process, folder } = await startBoard(t, { kind: 'posix' });
  await serveFirst(board);
  await board.close();
  const path = join(folder, 'noisy.line');
  await startNoisyProxy(t, path, process.address.slice('unix:'.length), 5e-4);
  const noisy = connectBoard({ address: `unix:${path}`, clock: realClock, random: seededRandom(1), kernel });
  t.equal(await noisy.upload(after, { signal }), 'green');
  const { received } = await noisy.health();
  t.ok(received.bad > 0, `the board threw ${received.bad} lines away`);
  t.match(await noisy.images(), [
    { hash: hashOf(before), isActive: true },
    { hash: hashOf(after), isBootable: true },
  ]);
  await noisy.close();
});

t.test('B35: nobody at the end of the line: every call fails in time', async (t) => {
  for (const address of ['unix:/tmp/liquid-lln-no-board', '/dev/liquid-lln-no-board', 'tcp:127.0.0.1:1']) {
    const board = connectBoard({ address, clock: hastyClock(), random: Math.random, kernel });
    await t.rejects(board.info(), { code: 'BOARD_UNREACHABLE', message: /is not connected/ }, address);
    await board.close();
  }
  for (const address of ['COM3', 'unix:relative', 'tcp:host', 'tcp:host:70000']) {
    t.throws(() => connectBoard({ address, clock: realClock, random: Math.random, kernel }), {
      code: 'CONFIG_INVALID',
    });
  }
});

/** The machine's clock, 50 times as fast. */
function hastyClock() {
  return { ...realClock, after: (delayMs: number, action: () => void) => realClock.after(delayMs / 50, action) };
}
