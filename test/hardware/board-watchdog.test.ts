import { type Board, computeGoldenVector } from '@liquid-lln/firmware-bridge';
import { LocalBoard } from '@liquid-lln/tools';
import t, { type Test } from 'tap';
import { hang, hangInNmi, nmiHandler, resetHandler, startDebugged } from '../support/board/hung-board.js';
import { after, before, hashOf, serveFirst, signal } from '../support/board/real-board.js';
import { kernel } from '../support/board/virtual-board.js';

t.setTimeout(120_000);
// Nearly all of the time is the watchdog's: the boards wait for it together.
t.jobs = 3;

const skip = LocalBoard.faultOf('mps2-an500') ?? false;
const waitMsMax = 60_000;
/** The firmware asks for 8 s, and feeds its watchdog ten times a second while it has nothing to do. */
const timeOutMs = { min: 7_500, max: 14_000 };

async function checkServes(t: Test, board: Board, image: Uint8Array): Promise<void> {
  const network = kernel.open(image);
  const inputs = Float32Array.from({ length: network.inputSize }, (_, i) => i / 3);
  const timeSteps = Float32Array.of(1);
  const { outputs } = computeGoldenVector(network, inputs, timeSteps);
  const answer = await board.infer({ slot: null, inputs, timeSteps, state: null });
  t.same(Buffer.from(answer.outputs.buffer), Buffer.from(outputs), 'it computes what it did before');
  network.close();
}

t.test(
  'a Cortex-M7 that hangs is reset by its watchdog, and serves what was confirmed',
  { skip, buffered: true },
  async (t) => {
    const bench = await startDebugged(t);
    await serveFirst(bench.board);
    const { boots } = await bench.board.health();
    const stub = await hang(t, bench, 'interrupts');
    const ranMs = await stub.runTo(await nmiHandler(stub), waitMsMax);
    t.ok(ranMs > timeOutMs.min && ranMs < timeOutMs.max, `the watchdog came after ${Math.round(ranMs)} ms`);
    await stub.detach();
    t.match(await bench.board.health(), { resetCause: 'watchdog', boots: boots + 1, reverts: 0 });
    t.match(await bench.board.images(), [{ hash: hashOf(before), isActive: true, isConfirmed: true }]);
    await checkServes(t, bench.board, before);
  },
);

t.test(
  'a Cortex-M7 that hangs with all interrupts masked in a trial is reset, and goes back',
  { skip, buffered: true },
  async (t) => {
    const bench = await startDebugged(t);
    await serveFirst(bench.board);
    await bench.board.upload(after, { signal });
    await bench.board.startTrial(hashOf(after), 60);
    const { boots } = await bench.board.health();
    const stub = await hang(t, bench, 'nmi');
    await stub.runTo(await nmiHandler(stub), waitMsMax);
    await stub.detach();
    t.match(await bench.board.health(), { resetCause: 'watchdog', boots: boots + 1, reverts: 1 });
    t.match(await bench.board.info(), { live: 'blue', trialSecondsLeft: null });
    t.match(await bench.board.images(), [
      { hash: hashOf(before), isActive: true, isConfirmed: true },
      { hash: hashOf(after), isActive: false, isBootable: false },
    ]);
    await checkServes(t, bench.board, before);
  },
);

t.test(
  "a Cortex-M7 that hangs even in its watchdog's interrupt is reset by the watchdog alone",
  { skip, buffered: true },
  async (t) => {
    const bench = await startDebugged(t);
    await serveFirst(bench.board);
    const { boots } = await bench.board.health();
    const stub = await hang(t, bench, 'nmi');
    await stub.runTo(await hangInNmi(stub), waitMsMax);
    const ranMs = await stub.runTo(await resetHandler(stub), waitMsMax);
    t.ok(ranMs > timeOutMs.min && ranMs < timeOutMs.max, `its second time-out came after ${Math.round(ranMs)} ms`);
    await stub.detach();
    t.match(await bench.board.health(), { resetCause: 'watchdog', boots: boots + 1, reverts: 0 });
    t.match(await bench.board.images(), [{ hash: hashOf(before), isActive: true, isConfirmed: true }]);
    await checkServes(t, bench.board, before);
  },
);
