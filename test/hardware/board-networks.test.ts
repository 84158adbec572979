import { join } from 'node:path';
import { type Board, computeGoldenVector } from '@liquid-lln/firmware-bridge';
import { buildNetworkImage, seededRandom } from '@liquid-lln/protocol';
import { LocalBoard, readExample } from '@liquid-lln/tools';
import t, { type Test } from 'tap';
import { preloadBlue } from '../support/board/preloaded-slot.js';
import { hashOf, signal, startBoard } from '../support/board/real-board.js';
import { exampleImage, kernel } from '../support/board/virtual-board.js';

t.setTimeout(300_000);

const place = { kind: 'mps2-an500' } as const;
const skip = LocalBoard.faultOf(place.kind) ?? false;
/** More would take minutes to upload at the speed of an emulated line. */
const uploadBytesMax = 64 * 1024;

/** Readings as a room gives them: temperature, humidity, light, CO2, a minute apart or so. */
function vectorOf(image: Uint8Array, steps: number) {
  const network = kernel.open(image);
  const random = seededRandom(11);
  const row = () => [18 + 6 * random(), 20 + 15 * random(), 800 * random(), 400 + 900 * random()];
  const inputs = Float32Array.from(Array.from({ length: steps }, row).flat());
  const timeSteps = Float32Array.from({ length: steps }, () => 0.5 + random());
  const vector = computeGoldenVector(network, inputs, timeSteps);
  network.close();
  return { vector, inputs, timeSteps };
}

async function compareBits(t: Test, name: string, steps: number): Promise<void> {
  const image = buildNetworkImage(readExample(name), { defaultTimeStep: 1 });
  const { board, folder } = await startBoard(t, place);
  if (image.length <= uploadBytesMax) {
    await board.upload(image, { signal });
  } else {
    await preloadBlue(join(folder, 'bench.flash'), image);
    await board.reset();
  }
  t.match(await board.images(), [{ slot: 'blue', hash: hashOf(image), isBootable: true }]);
  const { vector, inputs, timeSteps } = vectorOf(image, steps);
  t.equal(await board.verify('blue', [vector], signal), null, `${steps} steps, ${image.length} bytes`);
  await board.startTrial(hashOf(image), 60);
  await board.confirm();
  const answer = await board.infer({ slot: null, inputs, timeSteps, state: null });
  t.same(Buffer.from(answer.outputs.buffer), Buffer.from(vector.outputs), 'live, the same again');
}

for (const [name, steps] of [
  ['occupancy-cfc', 300],
  ['occupancy-ltc', 300],
  ['occupancy-cfc-slow', 30],
] as const) {
  t.test(`B31: ${name} gives the gateway's bits on a Cortex-M7`, { skip }, (t) => compareBits(t, name, steps));
}

t.test('several Cortex-M7 at once: each takes its own network, and none waits for another', { skip }, async (t) => {
  const networks = ['gru', 'cfc-wired', 'ltc-mapped', 'gru'].map(exampleImage);
  const boards = await Promise.all(networks.map(() => startBoard(t, place)));
  const answers = await Promise.all(boards.map(({ board }, i) => bringAndRun(board, networks[i] ?? new Uint8Array())));
  for (const { computed, expected } of answers) t.same(computed, expected);
});

/** Uploads, tries and confirms a network; what it then computes on the board and here. */
async function bringAndRun(board: Board, image: Uint8Array): Promise<{ computed: Buffer; expected: Buffer }> {
  await board.upload(image, { signal });
  await board.startTrial(hashOf(image), 60);
  await board.confirm();
  const network = kernel.open(image);
  const inputs = Float32Array.from({ length: network.inputSize }, (_, i) => i - 1);
  const timeSteps = Float32Array.of(0.5);
  const { outputs } = computeGoldenVector(network, inputs, timeSteps);
  network.close();
  const answer = await board.infer({ slot: null, inputs, timeSteps, state: null });
  return { computed: Buffer.from(answer.outputs.buffer), expected: Buffer.from(outputs) };
}
