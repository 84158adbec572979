import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Board, boardOver, loadKernel } from '@liquid-lln/firmware-bridge';
import { MockBoard, type MockBoardInit, MockLine, type MockLineInit } from '@liquid-lln/firmware-bridge/testing';
import { buildNetworkImage, seededRandom } from '@liquid-lln/protocol';
import { ManualClock } from '@liquid-lln/protocol/testing';
import { exampleNetwork } from '../example-networks.js';

export interface VirtualBoardOptions extends MockLineInit {
  readonly seed?: number;
  readonly board?: Partial<MockBoardInit>;
}

export const kernel = loadKernel();

/** The image of an example network. */
export function exampleImage(name: string): Uint8Array {
  return buildNetworkImage(exampleNetwork(name), { defaultTimeStep: 1 });
}

/** A mock board, a line and a client in virtual time. */
export class VirtualBoard {
  readonly clock = new ManualClock();
  readonly mock: MockBoard;
  readonly line: MockLine;
  readonly client: Board;

  constructor({ seed = 1, board = {}, ...faults }: VirtualBoardOptions = {}) {
    const random = seededRandom(seed);
    this.mock = new MockBoard({ clock: this.clock, random, kernel, ...board });
    this.line = new MockLine(this.mock, faults);
    this.client = boardOver(this.line, { clock: this.clock, random: seededRandom(seed + 1), kernel });
  }

  /** Lets time pass, at most `secondsMax`, until `work` has ended, and gives its result. */
  async run<T>(work: Promise<T>, secondsMax = 600): Promise<T> {
    let isOver = false;
    const end = () => {
      isOver = true;
    };
    work.then(end, end);
    for (let stepMs = 0; !isOver && stepMs < secondsMax * 1_000; stepMs += 2) {
      await nextTurn();
      if (!isOver) this.clock.advance(2);
    }
    if (!isOver) throw new Error(`not over after ${secondsMax} s`);
    return work;
  }

  /** The upload of `image`, run to its end. */
  upload(image: Uint8Array, window?: number) {
    const signal = new AbortController().signal;
    return this.run(this.client.upload(image, { signal, ...(window === undefined ? {} : { window }) }));
  }

  /** Requests of one command that reached the board. */
  countRequests(group: number, command: number): number {
    return this.mock.requests.filter((request) => request.group === group && request.command === command).length;
  }
}

export const uploadCommand = [1, 1] as const;
