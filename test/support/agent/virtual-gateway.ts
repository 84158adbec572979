import { setImmediate as nextTurn } from 'node:timers/promises';
import type { AgentComponents } from '@liquid-lln/agent';
import type { MemoryStorage } from '@liquid-lln/agent/testing';
import { boardOver, loadKernel } from '@liquid-lln/firmware-bridge';
import { type MockBoardInit, MockLine } from '@liquid-lln/firmware-bridge/testing';
import { type Clock, type DeviceId, type Instruction, seededRandom } from '@liquid-lln/protocol';
import { ManualClock } from '@liquid-lln/protocol/testing';
import { FallibleBoard } from '../board/fallible-board.js';
import { desired } from './documents.js';
import { VirtualAgent } from './virtual-agent.js';

const kernel = loadKernel();
const stepMs = 10;

export interface VirtualAttachment {
  mock: FallibleBoard;
  line: MockLine;
}

/** An agent with mock boards, in virtual time. The boards' time goes on when the agent is killed. */
export class VirtualGateway {
  readonly boardClock = new ManualClock();
  readonly attached = new Map<string, VirtualAttachment>();
  #agent: VirtualAgent | null = null;

  static async start(names: readonly string[], init: Partial<MockBoardInit> = {}): Promise<VirtualGateway> {
    const gateway = new VirtualGateway();
    for (const name of names) gateway.attach(name, init);
    await gateway.boot();
    return gateway;
  }

  get agent(): VirtualAgent {
    if (this.#agent === null) throw new Error('the agent was not started');
    return this.#agent;
  }

  board(name = 'a'): VirtualAttachment {
    const found = this.attached.get(name);
    if (found === undefined) throw new Error(`there is no board ${name}`);
    return found;
  }

  /** A board that is new, and a line of its own. */
  attach(name: string, init: Partial<MockBoardInit> = {}): void {
    const random = seededRandom(7);
    const mock = new FallibleBoard({ clock: this.boardClock, random, kernel, ...init });
    this.attached.set(name, { mock, line: new MockLine(mock) });
  }

  /** Starts the agent, on the disk of the one before: that one has been killed, for its time does not go on. */
  async boot(components: Partial<AgentComponents> = {}, storage?: MemoryStorage): Promise<void> {
    const boards = (clock: Clock) =>
      [...this.attached.keys()].map((name) => ({ name, board: this.#connect(name, clock), kind: null }));
    const before = this.#agent ?? undefined;
    const agent = await VirtualAgent.start(before, (clock) => ({
      boards: boards(clock),
      ...(storage === undefined ? {} : { storage }),
      ...components,
    }));
    this.#agent = agent;
  }

  /** Lets seconds pass in steps that a line needs, with `eachSecond` in each second. */
  async pass(seconds: number, eachSecond: () => unknown = () => undefined): Promise<void> {
    for (let second = 0; second < seconds; second += 1) {
      void eachSecond();
      for (let ms = 0; ms < 1_000; ms += stepMs) await this.step();
    }
  }

  async step(): Promise<void> {
    for (let turn = 0; turn < 6; turn += 1) await nextTurn();
    this.agent.clock.advance(stepMs);
    this.boardClock.advance(stepMs);
  }

  /** Lets time pass until something is so. */
  async until(what: string, isSo: () => boolean, secondsMax = 120): Promise<void> {
    for (let ms = 0; ms < secondsMax * 1_000; ms += stepMs) {
      if (isSo()) return;
      await this.step();
    }
    throw new Error(`not within ${secondsMax} s: ${what}`);
  }

  /** Gives the same instruction to devices. */
  async instruct(devices: readonly DeviceId[], generation: number, instruction: Instruction): Promise<void> {
    for (const device of devices) await this.agent.setDesired(desired(generation, instruction), device);
  }

  async untilOutcome(device: DeviceId, generation: number, result: string): Promise<void> {
    await this.until(`${device} to be ${result} with generation ${generation}`, () => {
      const outcome = this.agent.reportOf(device)?.outcome;
      return outcome?.generation === generation && outcome.result === result;
    });
  }

  /** The line belongs to the agent that opens it: a killed one's is closed by the system. */
  #connect(name: string, clock: Clock) {
    const { mock } = this.board(name);
    const line = new MockLine(mock);
    this.attached.set(name, { mock, line });
    return boardOver(line, { clock, random: seededRandom(8), kernel });
  }
}
