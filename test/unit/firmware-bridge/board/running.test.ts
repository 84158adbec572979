import { computeGoldenVector } from '@liquid-lln/firmware-bridge';
import { type GoldenVector, seededRandom } from '@liquid-lln/protocol';
import t from 'tap';
import { exampleImage, kernel, VirtualBoard } from '../../../support/board/virtual-board.js';

const image = exampleImage('ltc-plain-memory');
const network = kernel.open(image);
const random = seededRandom(7);
const signal = new AbortController().signal;

function series(steps: number) {
  const inputs = Float32Array.from({ length: steps * network.inputSize }, () => random() * 2 - 1);
  return { inputs, timeSteps: Float32Array.from({ length: steps }, () => 0.5 + random()) };
}

function goldenVector(steps: number): GoldenVector {
  const { inputs, timeSteps } = series(steps);
  return computeGoldenVector(network, inputs, timeSteps);
}

function servingBoard(options: ConstructorParameters<typeof VirtualBoard>[0] = {}): VirtualBoard {
  const board = new VirtualBoard({ ...options, board: { messageBytesMax: 512, ...options.board } });
  board.mock.slots.install(image);
  return board;
}

t.test('a long sequence gives the bits that the kernel gives, whatever it is cut into', async (t) => {
  const { inputs, timeSteps } = series(100);
  const state = network.createState();
  const outputs = new Float32Array(100 * network.outputSize);
  network.stepSequence(state, inputs, timeSteps, outputs);
  for (const messageBytesMax of [400, 512, 4_096]) {
    const board = servingBoard({ board: { messageBytesMax } });
    const answer = await board.run(board.client.infer({ slot: null, inputs, timeSteps, state: null }));
    t.same(Buffer.from(answer.outputs.buffer), Buffer.from(outputs.buffer), `${messageBytesMax} bytes`);
    t.same(answer.state, state.values);
    t.equal(answer.slot, 'blue');
    t.equal(answer.cycles, 48_000);
  }
});

t.test('a state may be brought along', async (t) => {
  const board = servingBoard();
  const { inputs, timeSteps } = series(2);
  const size = network.inputSize;
  const both = await board.run(board.client.infer({ slot: 'blue', inputs, timeSteps, state: null }));
  const part = (step: number) => ({
    slot: null,
    inputs: inputs.slice(step * size, (step + 1) * size),
    timeSteps: timeSteps.slice(step, step + 1),
  });
  const first = await board.run(board.client.infer({ ...part(0), state: null }));
  const second = await board.run(board.client.infer({ ...part(1), state: first.state }));
  t.same(second.state, both.state);
  t.same(second.outputs, both.outputs.slice(network.outputSize));
});

t.test('a board without a network says so', async (t) => {
  const board = new VirtualBoard();
  const nothing = board.client.infer({ slot: null, ...series(1), state: null });
  await t.rejects(board.run(nothing), {
    code: 'BOARD_REFUSED',
    context: { group: 64, rc: 2, name: 'no network in that slot' },
  });
  const empty = { slot: null, inputs: new Float32Array(), timeSteps: new Float32Array(), state: null };
  await t.rejects(board.run(board.client.infer(empty)), { code: 'INPUT_INVALID' });
});

t.test('B31: golden vectors that the board computes to the bit pass, in parts that fit its buffer', async (t) => {
  const board = servingBoard();
  const vectors = [goldenVector(1), goldenVector(40), goldenVector(7)];
  t.equal(await board.run(board.client.verify('blue', vectors, signal)), null);
  t.ok(board.countRequests(64, 4) > vectors.length);
});

t.test('B31: the first bit that differs is named', async (t) => {
  const board = servingBoard();
  const vectors = [goldenVector(3), goldenVector(40)];
  board.mock.networks.wrongOutput = 50;
  const wrong = await board.run(board.client.verify('blue', vectors, signal));
  t.match(wrong, { vector: 1, what: 'outputs', at: 50 });
  t.equal((wrong?.expectedBits ?? 0) ^ (wrong?.actualBits ?? 0), 1);
  board.mock.networks.wrongOutput = null;
  const stateFinal = Uint8Array.from(goldenVector(2).stateFinal);
  const spoiled = { ...goldenVector(2), stateFinal };
  t.match(await board.run(board.client.verify('blue', [spoiled], signal)), { vector: 0, what: 'state', at: 0 });
});

t.test('B31: vectors pass where requests and answers are lost', async (t) => {
  for (const seed of [1, 2, 3]) {
    const board = servingBoard({ seed, toHost: { frameDropRate: 0.15 } });
    t.equal(await board.run(board.client.verify('blue', [goldenVector(12), goldenVector(5)], signal)), null);
  }
});

t.test('a vector whose steps do not fit a message is refused with the number', async (t) => {
  const board = servingBoard({ board: { messageBytesMax: 200 } });
  await t.rejects(board.run(board.client.verify('blue', [goldenVector(2)], signal)), {
    code: 'BOARD_TOO_SMALL',
    context: { what: 'a message', available: 200 },
  });
});

t.test('a board tells what it is and how it is', async (t) => {
  const board = servingBoard();
  t.match(await board.run(board.client.info()), {
    kind: 'posix',
    firmwareVersion: 'mock 1.0.0',
    kernelAbi: 1,
    id: '0102030405060708090a0b0c',
    cyclesPerSecond: 480_000_000,
    live: 'blue',
    trialSecondsLeft: null,
  });
  t.match(await board.run(board.client.health()), { inferences: 0, cycles: null, resetCause: 'software' });
  await board.run(board.client.infer({ slot: null, ...series(1), state: null }));
  t.match(await board.run(board.client.health()), {
    inferences: 1,
    cycles: { min: 480, mean: 480, max: 480 },
    temperatureC: 21.5,
    powerMw: { value: 350, source: 'model' },
  });
  t.match(await board.run(board.client.log(0)), { lines: [{ level: 'info', message: 'start 1' }], lost: 0 });
  await t.rejects(board.run(board.client.profile(null, 3)), {
    code: 'BOARD_REFUSED',
    context: { group: null, rc: 8, name: 'not supported' },
  });
});
