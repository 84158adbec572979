import { LlnError } from '@liquid-lln/protocol';
import { encodeFrame } from '../board/domain/frame.js';
import { type DecoderState, decodeFrames, decoderStart } from '../board/domain/frame-decoder.js';
import { decodeSmp, encodeSmp, type SmpMessage } from '../board/domain/smp-message.js';
import type { Connection, ConnectionHandlers, Transport } from '../board/ports/transport.js';
import { FaultyLine, type LineFaults } from './line-faults.js';
import type { MockBoard } from './mock-board.js';

export interface MockLineInit {
  readonly toBoard?: LineFaults;
  readonly toHost?: LineFaults;
}

interface Open {
  readonly toBoard: FaultyLine;
  readonly toHost: FaultyLine;
  readonly handlers: ConnectionHandlers;
}

/** A line in memory between a client and a mock board: real bytes, with the faults that a test wants. */
export class MockLine implements Transport {
  readonly address = 'mock';
  toBoard: LineFaults;
  toHost: LineFaults;
  /** Called with each request before the board has it; a test may unplug or restart the board here. */
  onRequest: (request: SmpMessage) => void = () => undefined;
  /** Requests that came when every buffer of the board was taken: they are lost. */
  overruns = 0;
  /** Most requests that were under way at once. */
  underWayMax = 0;
  readonly #board: MockBoard;
  #isPlugged = true;
  #open: Open | null = null;
  #decoder: DecoderState = decoderStart;
  #underWay = 0;

  constructor(board: MockBoard, { toBoard = {}, toHost = {} }: MockLineInit = {}) {
    this.#board = board;
    this.toBoard = toBoard;
    this.toHost = toHost;
  }

  async open(handlers: ConnectionHandlers): Promise<Connection> {
    if (!this.#isPlugged) throw new LlnError('BOARD_UNREACHABLE', 'nothing is plugged in');
    const open: Open = {
      toBoard: new FaultyLine(this.#board.init, this.toBoard, (bytes) => this.#hear(bytes)),
      toHost: new FaultyLine(this.#board.init, this.toHost, handlers.onBytes),
      handlers,
    };
    this.#open = open;
    this.#decoder = decoderStart;
    return { write: (bytes) => open.toBoard.send(bytes), close: async () => this.#end(open) };
  }

  /** Pulls the plug: what is under way is lost. The board goes on. */
  unplug(): void {
    this.#isPlugged = false;
    const open = this.#open;
    if (open === null) return;
    this.#end(open);
    open.handlers.onClose('unplugged');
  }

  plug(): void {
    this.#isPlugged = true;
  }

  #end(open: Open): void {
    open.toBoard.cut();
    open.toHost.cut();
    if (this.#open === open) this.#open = null;
  }

  #hear(bytes: Uint8Array): void {
    if (!this.#board.isRunning || this.#board.isHanging) return;
    const { state, messages } = decodeFrames(this.#decoder, bytes);
    this.#decoder = state;
    for (const message of messages) this.#take(decodeSmp(message));
  }

  #take(request: SmpMessage): void {
    this.onRequest(request);
    const { buffers, clock } = this.#board.init;
    if (!this.#board.isRunning || this.#board.isHanging || this.#open === null) return;
    if (this.#underWay >= buffers) {
      this.overruns += 1;
      return;
    }
    this.#underWay += 1;
    this.underWayMax = Math.max(this.underWayMax, this.#underWay);
    const payload = this.#board.answer(request);
    clock.after(this.#board.answerMsOf(request), () => this.#answer(request, payload));
  }

  #answer(request: SmpMessage, payload: Readonly<Record<string, unknown>>): void {
    this.#underWay -= 1;
    if (!this.#board.isRunning || this.#board.isHanging) return;
    const operation = request.operation === 'read' ? 'read-answer' : 'write-answer';
    this.#open?.toHost.send(encodeFrame(encodeSmp({ ...request, operation, payload })));
  }
}
