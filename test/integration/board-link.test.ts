import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Board, computeGoldenVector, connectBoard, loadKernel } from '@liquid-lln/firmware-bridge';
import { buildNetworkImage, seededRandom } from '@liquid-lln/protocol';
import { LocalBoard, randomCfc } from '@liquid-lln/tools';
import t, { type Test } from 'tap';
import { exampleNetwork } from '../support/example-networks.js';
import { realClock } from '../support/real-clock.js';

const kernel = loadKernel();
const signal = new AbortController().signal;
const imageOf = (name: string) => buildNetworkImage(exampleNetwork(name), { defaultTimeStep: 1 });
const hashOf = (image: Uint8Array) => createHash('sha256').update(image).digest('hex');
const before = imageOf('gru');
const after = imageOf('cfc-wired');

const isHere = LocalBoard.isAvailable('posix');
const skip = isHere ? false : 'the firmware of the posix board is not built';

/** A board as it was delivered, and a client; both end with the test. */
async function startBoard(t: Test, line: 'socket' | 'pty'): Promise<{ process: LocalBoard; board: Board }> {
  const folder = mkdtempSync(join(tmpdir(), 'liquid-lln-board-'));
  const process = await LocalBoard.start({ name: 'bench', kind: 'posix', folder, line });
  const board = connectBoard({ address: process.address, clock: realClock, random: Math.random, kernel });
  t.teardown(async () => {
    await board.close();
    await process.stop();
    rmSync(folder, { recursive: true });
  });
  return { process, board };
}

for (const line of ['socket', 'pty'] as const) {
  t.test(`over a ${line}, a board takes a network, tries it, keeps it and runs it`, { skip }, async (t) => {
    const { board } = await startBoard(t, line);
    t.match(await board.info(), { kind: 'posix', kernelAbi: 1, live: null, trialSecondsLeft: null });
    t.equal(await board.upload(before, { signal }), 'blue');
    await board.startTrial(hashOf(before), 60);
    t.match(await board.info(), { live: 'blue', trialSecondsLeft: 60 });
    await board.confirm();
    t.match(await board.info(), { live: 'blue', trialSecondsLeft: null });
    t.equal(await board.upload(after, { signal }), 'green');
    t.match(await board.images(), [
      { slot: 'blue', hash: hashOf(before), isActive: true, isConfirmed: true },
      { slot: 'green', hash: hashOf(after), isActive: false, isBootable: true },
    ]);
    await board.reset();
    t.match(await board.health(), { boots: 3, reverts: 0, resetCause: 'software' });
    t.ok((await board.log(0)).lines.length > 0);
    t.ok((await board.profile('green', 3)).tables.length > 0);
  });

  t.test(`B31: over a ${line}, a board computes the bits of this machine's kernel`, { skip }, async (t) => {
    const { board } = await startBoard(t, line);
    await board.upload(after, { signal });
    const network = kernel.open(after);
    const random = seededRandom(5);
    const steps = 700;
    const inputs = Float32Array.from({ length: steps * network.inputSize }, () => random() * 4 - 2);
    const timeSteps = Float32Array.from({ length: steps }, () => 0.1 + random());
    const vector = computeGoldenVector(network, inputs, timeSteps);
    t.equal(await board.verify('blue', [vector], signal), null);
    const outputs = Uint8Array.from(vector.outputs);
    outputs[4 * 1_234] = (outputs[4 * 1_234] ?? 0) ^ 1;
    t.match(await board.verify('blue', [vector, { ...vector, outputs }], signal), {
      vector: 1,
      what: 'outputs',
      at: 1_234,
    });
    const answer = await board.infer({ slot: 'blue', inputs, timeSteps, state: null });
    t.same(Buffer.from(answer.outputs.buffer), Buffer.from(vector.outputs));
    t.same(Buffer.from(answer.state.buffer), Buffer.from(vector.stateFinal));
  });
}

t.test('a power cut in a trial takes it back; the client is there again by itself', { skip }, async (t) => {
  const { board, process } = await startBoard(t, 'socket');
  await board.upload(before, { signal });
  await board.startTrial(hashOf(before), 60);
  await board.confirm();
  await board.upload(after, { signal });
  await board.startTrial(hashOf(after), 60);
  await process.cutPower();
  t.match(await board.info(), { live: 'blue', trialSecondsLeft: null });
  t.match(await board.images(), [{ isActive: true }, { hash: hashOf(after), isBootable: false }]);
  t.equal((await board.health()).reverts, 1);
});

t.test('B35: a power cut in the middle of an upload costs nothing that had arrived', { skip }, async (t) => {
  const { board, process } = await startBoard(t, 'socket');
  await board.upload(before, { signal });
  await board.startTrial(hashOf(before), 60);
  await board.confirm();
  const large = buildNetworkImage(randomCfc({ inputs: 4, units: 64, backbone: 128 }, 1), { defaultTimeStep: 1 });
  let cut: Promise<void> | null = null;
  const goneOnAt: number[] = [];
  const onProgress = (done: number) => {
    if (cut !== null) goneOnAt.push(done);
    else if (done > large.length / 2) cut = process.cutPower();
  };
  t.equal(await board.upload(large, { signal, window: 2, onProgress }), 'green');
  await cut;
  t.ok(Math.min(...goneOnAt) > large.length / 4, `went on at byte ${Math.min(...goneOnAt)} of ${large.length}`);
  t.match(await board.info(), { live: 'blue' });
  t.match(await board.images(), [{ isActive: true }, { hash: hashOf(large), isBootable: true }]);
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
