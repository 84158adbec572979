import { computeGoldenVector, type KernelNetwork } from '@liquid-lln/firmware-bridge';
import { encodeSmp } from '@liquid-lln/firmware-bridge/testing';
import { type GoldenVector, seededRandom } from '@liquid-lln/protocol';
import { kernel, VirtualBoard, type VirtualBoardOptions } from './virtual-board.js';

/** Both ways of a line that spoils one byte in a thousand. */
export const badLine = { toBoard: { flipRate: 1e-3 }, toHost: { flipRate: 1e-3 } } as const;

/** A network, what this machine's kernel computes with it, and boards that serve it. */
export class NetworkOnBoard {
  readonly image: Uint8Array;
  readonly network: KernelNetwork;

  constructor(image: Uint8Array) {
    this.image = image;
    this.network = kernel.open(image);
  }

  serve(options: VirtualBoardOptions = {}): VirtualBoard {
    const board = new VirtualBoard(options);
    board.mock.slots.install(this.image);
    return board;
  }

  series(steps: number, seed = 7) {
    const random = seededRandom(seed);
    const inputs = Float32Array.from({ length: steps * this.network.inputSize }, () => random() * 2 - 1);
    return { inputs, timeSteps: Float32Array.from({ length: steps }, () => 0.5 + random()) };
  }

  vector(steps: number, seed = 7): GoldenVector {
    const { inputs, timeSteps } = this.series(steps, seed);
    return computeGoldenVector(this.network, inputs, timeSteps);
  }

  /** Runs a sequence on a board, and says whether outputs and state have the bits that they should. */
  async isRight(board: VirtualBoard, steps: number, seed = 7): Promise<boolean> {
    const { inputs, timeSteps } = this.series(steps, seed);
    const answer = await board.client.infer({ slot: 'blue', inputs, timeSteps, state: null });
    const { outputs, stateFinal } = this.vector(steps, seed);
    return bytesOf(answer.outputs).equals(outputs) && bytesOf(answer.state).equals(stateFinal);
  }
}

/** The steps that the board was asked for in each request of one command, in order. */
export function stepsAsked({ mock }: VirtualBoard, command: number): number[] {
  const requests = mock.requests.filter((request) => request.group === 64 && request.command === command);
  return requests.map(({ payload }) => Number(payload['n']));
}

/** Of the longest request that reached the board. */
export function longestRequestBytes({ mock }: VirtualBoard): number {
  return Math.max(...mock.requests.map((request) => encodeSmp(request).length));
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
