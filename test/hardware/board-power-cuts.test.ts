import { type Board, computeGoldenVector, connectBoard } from '@liquid-lln/firmware-bridge';
import { type Random, seededRandom } from '@liquid-lln/protocol';
import { LocalBoard } from '@liquid-lln/tools';
import t, { type Test } from 'tap';
import { after, before, hashOf, signal, startBoard } from '../support/board/real-board.js';
import { kernel } from '../support/board/virtual-board.js';
import { realClock } from '../support/real-clock.js';

t.setTimeout(300_000);

const kind = 'mps2-an500';
const skip = LocalBoard.faultOf(kind) ?? false;
const cuts = 50;
/** One round of the work below takes about this long. */
const roundMs = 1_200;
const images = new Map([before, after].map((image) => [hashOf(image), image]));

/** What an operator has been promised, or may have been: the image that was confirmed, and one on its way there. */
interface Promised {
  confirmed: string | null;
  confirming: string | null;
  tried: string | null;
}

/** Updates to the other image and confirms it, tries the first one again and does not confirm it: it goes back. */
async function work(board: Board, promised: Promised): Promise<void> {
  const [next, other] = [...images.keys()].filter((hash) => hash !== promised.confirmed);
  await bring(board, promised, next ?? other ?? '');
  promised.confirming = promised.tried;
  await board.confirm();
  promised.confirmed = promised.confirming;
  promised.confirming = null;
  await bring(board, promised, [...images.keys()].find((hash) => hash !== promised.confirmed) ?? '');
  await board.reset();
  promised.tried = null;
}

async function bring(board: Board, promised: Promised, hash: string): Promise<void> {
  const image = images.get(hash);
  if (image === undefined) throw new Error(`there is no image ${hash}`);
  await board.upload(image, { signal });
  promised.tried = hash;
  await board.startTrial(hash, 60);
}

/** The board serves something that it can name, and that it was promised to be allowed to. */
async function checkState(t: Test, board: Board, promised: Promised): Promise<void> {
  const listed = await board.images();
  const live = listed.find((image) => image.isActive) ?? null;
  const isOnTrial = (await board.info()).trialSecondsLeft !== null;
  const allowed = [promised.confirmed, promised.confirming, isOnTrial ? promised.tried : null];
  t.ok(
    allowed.includes(live?.hash ?? null),
    `live: ${live?.hash.slice(0, 8) ?? 'nothing'}${isOnTrial ? ', on trial' : ''}`,
  );
  if (live === null) return;
  await checkBits(t, board, live.hash);
  const isSafe = !isOnTrial || promised.confirmed === null || listed.some(isWayBack(promised.confirmed));
  t.ok(isSafe, 'what was confirmed is still there');
  if (!isOnTrial) promised.confirmed = live.hash;
}

function isWayBack(hash: string) {
  return (image: Awaited<ReturnType<Board['images']>>[number]) =>
    image.hash === hash && image.isConfirmed && image.isBootable;
}

async function checkBits(t: Test, board: Board, hash: string): Promise<void> {
  const network = kernel.open(images.get(hash) ?? before);
  const inputs = Float32Array.from({ length: network.inputSize }, (_, i) => i / 3);
  const timeSteps = Float32Array.of(1);
  const { outputs } = computeGoldenVector(network, inputs, timeSteps);
  const answer = await board.infer({ slot: null, inputs, timeSteps, state: null });
  t.same(Buffer.from(answer.outputs.buffer), Buffer.from(outputs), 'it computes the bits of that image');
  network.close();
}

async function cutOnce(t: Test, process: LocalBoard, promised: Promised, random: Random): Promise<void> {
  const connect = () => connectBoard({ address: process.address, clock: realClock, random, kernel });
  const board = connect();
  let end: unknown = null;
  const working = work(board, promised).catch((error: unknown) => {
    end = error;
  });
  await new Promise((resolve) => setTimeout(resolve, random() * roundMs));
  await board.close();
  await process.cutPower();
  await working;
  const again = connect();
  try {
    await checkState(t, again, promised);
    if ((await again.info()).trialSecondsLeft !== null) await again.reset();
  } finally {
    await again.close();
  }
  promised.confirming = null;
  promised.tried = null;
  t.comment(end === null ? 'the work was done' : `cut short: ${String(end)}`);
}

t.test(
  `B2, B34: a Cortex-M7 that loses its power ${cuts} times always has a package that it can name`,
  { skip },
  async (t) => {
    const { process, board } = await startBoard(t, { kind });
    await board.close();
    const random = seededRandom(2_026);
    const promised: Promised = { confirmed: null, confirming: null, tried: null };
    for (let cut = 0; cut < cuts; cut++) await cutOnce(t, process, promised, random);
    t.ok(promised.confirmed !== null, 'and the work went on between the cuts');
  },
);
