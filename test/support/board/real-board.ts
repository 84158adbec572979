import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Board, computeGoldenVector, connectBoard } from '@liquid-lln/firmware-bridge';
import { seededRandom } from '@liquid-lln/protocol';
import { LocalBoard, type LocalBoardInit } from '@liquid-lln/tools';
import type { Test } from 'tap';
import { realClock } from '../real-clock.js';
import { exampleImage, kernel } from './virtual-board.js';

export type Place = Pick<LocalBoardInit, 'kind' | 'line' | 'args'>;

export const before = exampleImage('gru');
export const after = exampleImage('cfc-wired');
export const signal: AbortSignal = new AbortController().signal;

export function hashOf(image: Uint8Array): string {
  return createHash('sha256').update(image).digest('hex');
}

export interface Bench {
  readonly process: LocalBoard;
  readonly board: Board;
  readonly folder: string;
}

/** A board as it was delivered, and a client; both end with the test. */
export async function startBoard(t: Test, place: Place, name = 'bench'): Promise<Bench> {
  const folder = mkdtempSync(join(tmpdir(), 'liquid-lln-board-'));
  const process = await LocalBoard.start({ name, folder, ...place });
  const board = connectBoard({ address: process.address, clock: realClock, random: Math.random, kernel });
  t.teardown(async () => {
    await board.close();
    await process.stop();
    rmSync(folder, { recursive: true });
  });
  return { process, board, folder };
}

/** The first network, confirmed: what a board that serves has. */
export async function serveFirst(board: Board): Promise<void> {
  await board.upload(before, { signal });
  await board.startTrial(hashOf(before), 60);
  await board.confirm();
}

export async function changeNetworks(t: Test, place: Place): Promise<void> {
  const { board } = await startBoard(t, place);
  const info = await board.info();
  t.match(info, { kind: place.kind, kernelAbi: 1, live: null, trialSecondsLeft: null });
  t.notMatch(info.id, /^(?:0*|f*)$/, 'it has an id of its own');
  t.equal(await board.upload(before, { signal }), 'blue');
  await board.startTrial(hashOf(before), 60);
  const { live, trialSecondsLeft } = await board.info();
  t.equal(live, 'blue');
  t.ok(trialSecondsLeft !== null && trialSecondsLeft > 50, `${trialSecondsLeft} s are left`);
  await board.confirm();
  t.match(await board.info(), { live: 'blue', trialSecondsLeft: null });
  t.equal(await board.upload(after, { signal }), 'green');
  t.match(await board.images(), [
    { slot: 'blue', hash: hashOf(before), isActive: true, isConfirmed: true },
    { slot: 'green', hash: hashOf(after), isActive: false, isBootable: true },
  ]);
  await board.reset();
  t.match(await board.health(), { boots: 3, reverts: 0, resetCause: 'software', received: { bad: 0, lost: 0 } });
  t.ok((await board.log(0)).lines.length > 0);
}

export async function computeSameBits(t: Test, place: Place): Promise<void> {
  const { board } = await startBoard(t, place);
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
  const difference = await board.verify('blue', [vector, { ...vector, outputs }], signal);
  t.match(difference, { vector: 1, what: 'outputs', at: 1_234 });
  const answer = await board.infer({ slot: 'blue', inputs, timeSteps, state: null });
  t.same(Buffer.from(answer.outputs.buffer), Buffer.from(vector.outputs));
  t.same(Buffer.from(answer.state.buffer), Buffer.from(vector.stateFinal));
}

export async function losePowerInTrial(t: Test, place: Place): Promise<void> {
  const { board, process } = await startBoard(t, place);
  await serveFirst(board);
  await board.upload(after, { signal });
  await board.startTrial(hashOf(after), 60);
  await process.cutPower();
  t.match(await board.info(), { live: 'blue', trialSecondsLeft: null });
  t.match(await board.images(), [{ isActive: true }, { hash: hashOf(after), isBootable: false }]);
  t.equal((await board.health()).reverts, 1);
}
