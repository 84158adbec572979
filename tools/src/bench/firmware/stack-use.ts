import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectBoard, loadKernel } from '@liquid-lln/firmware-bridge';
import { buildNetworkImage } from '@liquid-lln/protocol';
import { LocalBoard } from '../../fleet/local-board.js';
import { readExample } from '../kernel/example.js';
import { realClock } from '../real-clock.js';

const signal = new AbortController().signal;

/**
 * The deepest stack that the firmware has used on an emulated Cortex-M7, of a painted one: after uploads, a restart,
 * a trial, inferences and reading everything that it tells, with networks of two cells.
 */
export async function measureStackBytes(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'liquid-lln-bench-'));
  const process = await LocalBoard.start({ name: 'bench', folder, kind: 'mps2-an500' });
  const board = connectBoard({ address: process.address, clock: realClock, random: Math.random, kernel: loadKernel() });
  let deepest = 0;
  try {
    for (const name of ['occupancy-cfc', 'occupancy-ltc']) {
      const image = buildNetworkImage(readExample(name), { defaultTimeStep: 1 });
      const slot = await board.upload(image, { signal });
      const used = (await board.images()).find((one) => one.slot === slot);
      await board.startTrial(used?.hash ?? '', 60);
      await board.infer({
        slot: null,
        inputs: new Float32Array(400),
        timeSteps: new Float32Array(100).fill(1),
        state: null,
      });
      await board.log(0);
      await board.confirm();
      deepest = Math.max(deepest, (await board.health()).stackBytesUsed);
    }
    return deepest;
  } finally {
    await board.close();
    await process.stop();
    rmSync(folder, { recursive: true });
  }
}
