import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Board, connectBoard, loadKernel } from '@liquid-lln/firmware-bridge';
import { buildNetworkImage } from '@liquid-lln/protocol';
import { LocalBoard, type LocalBoardInit } from '../../fleet/local-board.js';
import { randomCfc } from '../kernel/networks.js';
import { realClock } from '../real-clock.js';

/** What a link did. */
export interface LinkMeasurement {
  readonly imageBytes: number;
  readonly uploadSeconds: number;
  /** Of one inference, there and back, in ascending order. */
  readonly roundTripsUs: readonly number[];
}

const sizes = { inputs: 4, units: 64, backbone: 128 };
const seed = 3;
const roundTrips = 200;
const warmUps = 20;
const signal = new AbortController().signal;

/** Uploads a network to a new board and makes inferences with it, one after the other. */
export async function measureLink(place: Pick<LocalBoardInit, 'kind' | 'args'>): Promise<LinkMeasurement> {
  const folder = mkdtempSync(join(tmpdir(), 'liquid-lln-bench-'));
  const process = await LocalBoard.start({ name: 'bench', folder, ...place });
  const board = connectBoard({ address: process.address, clock: realClock, random: Math.random, kernel: loadKernel() });
  try {
    await board.info();
    const image = buildNetworkImage(randomCfc(sizes, seed), { defaultTimeStep: 1 });
    const uploadSeconds = (await timeMs(() => board.upload(image, { signal }))) / 1_000;
    return { imageBytes: image.length, uploadSeconds, roundTripsUs: await timeRoundTrips(board) };
  } finally {
    await board.close();
    await process.stop();
    rmSync(folder, { recursive: true });
  }
}

async function timeRoundTrips(board: Board): Promise<number[]> {
  const request = {
    slot: 'blue',
    inputs: new Float32Array(sizes.inputs),
    timeSteps: Float32Array.of(1),
    state: null,
  } as const;
  const times: number[] = [];
  for (let i = 0; i < warmUps + roundTrips; i++) times.push(1_000 * (await timeMs(() => board.infer(request))));
  return times.slice(warmUps).sort((a, b) => a - b);
}

async function timeMs(work: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await work();
  return performance.now() - startMs;
}
