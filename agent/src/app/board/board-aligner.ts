import {
  type Backoff,
  backoffDelayMs,
  type Clock,
  isBringing,
  type LiquidPackage,
  LlnError,
  type Random,
  type SlotName,
  type Timer,
  toErrorReport,
} from '@liquid-lln/protocol';
import { type AlignmentStep, type BoardIntent, planAlignment } from '../../domain/board-alignment.js';
import { installedIn, rollbackTarget } from '../../domain/store-record.js';
import type { EngineCondition } from '../../domain/trial-policy.js';
import type { Board } from '../../ports/board.js';
import type { EngineActivation } from '../../ports/inference-engine.js';
import type { Logger } from '../../ports/logger.js';
import { SerialQueue } from '../serial-queue.js';
import type { SlotStore } from '../slot-store.js';
import { imageHashOf } from './board-engine.js';
import { installOnBoard } from './board-install.js';
import type { BoardLine } from './board-line.js';

export interface BoardAlignerComponents {
  readonly board: Board;
  readonly line: BoardLine;
  readonly store: SlotStore;
  readonly openPackage: (file: Uint8Array) => LiquidPackage;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** The board has left what the record says, or is in line with it again. */
  onNews(): void;
}

const retryBackoff: Backoff = { firstMs: 1_000, maxMs: 60_000 };
/** Steps at once at most; a longer row would mean that the board does not do what it answers. */
const stepsMax = 8;
/** A board's own trial outlasts the agent's, which decides; it only counts where the agent is gone. */
const trialMarginSeconds = 60;
const trialSecondsLimit = 7 * 24 * 3_600;

interface Wanted {
  readonly live: LiquidPackage | null;
  readonly target: LiquidPackage | null;
}

/** Brings a board in line with the record: after every change of it, and whenever the board comes back. */
export class BoardAligner implements EngineActivation {
  readonly #components: BoardAlignerComponents;
  readonly #queue = new SerialQueue();
  readonly #stopped = new AbortController();
  #condition: EngineCondition = { departure: null, waitingFor: 'the board to answer' };
  #failures = 0;
  #retry: Timer | null = null;

  constructor(components: BoardAlignerComponents) {
    this.#components = components;
  }

  get condition(): EngineCondition {
    return this.#condition;
  }

  /** Does something to the board's slots while nothing else does. */
  exclusively<T>(task: () => Promise<T>): Promise<T> {
    return this.#queue.run(task);
  }

  align(): Promise<void> {
    return this.#queue.run(async () => {
      if (this.#stopped.signal.aborted || !this.#components.line.isReachable) return this.#await('the board to answer');
      try {
        await this.#alignOnce();
        this.#failures = 0;
      } catch (error) {
        this.#retryLater(error);
      }
    });
  }

  stop(): void {
    this.#retry?.cancel();
    this.#stopped.abort(new LlnError('INTERNAL', 'the agent stops'));
  }

  async #alignOnce(): Promise<void> {
    const { board, line } = this.#components;
    for (let steps = 0; steps < stepsMax; steps += 1) {
      const wanted = await this.#readWanted();
      const images = await board.images();
      line.learn(images);
      const step = planAlignment(this.#intentOf(wanted), images);
      if (step.kind === 'none') return this.#settle({ departure: null, waitingFor: null });
      if (step.kind === 'leave') return this.#settle({ departure: step, waitingFor: 'the way back' });
      await this.#carryOut(step, wanted);
    }
    throw new LlnError('BOARD_DIFFERS', `the board is not in line with the record after ${stepsMax} steps`);
  }

  async #carryOut(step: AlignmentStep, wanted: Wanted): Promise<void> {
    const { board, line, logger } = this.#components;
    logger.info('the board is brought in line', { step: step.kind });
    switch (step.kind) {
      case 'start-trial':
        return line.quietly(() => board.startTrial(step.hash, this.#trialSeconds()));
      case 'make-live':
        return line.quietly(() => board.makeLive(step.hash));
      case 'end-trial':
        return line.quietly(() => board.reset());
      case 'confirm':
        return board.confirm();
      case 'install':
        return this.#install(wanted[step.which]);
      default:
        return;
    }
  }

  /** What the board had lost, from the file that the agent keeps. */
  async #install(content: LiquidPackage | null): Promise<void> {
    if (content === null) return;
    await installOnBoard(this.#components, content, this.#stopped.signal);
    const { name, version } = content.manifest;
    const detail = `the board did not have ${name}@${version} any more and got it again`;
    await this.#components.store.commit({ kind: 'noted', body: { kind: 'board-changed', detail } });
  }

  async #readWanted(): Promise<Wanted> {
    const { record } = this.#components.store;
    return { live: await this.#open(record.live), target: await this.#open(rollbackTarget(record)) };
  }

  async #open(slot: SlotName | null): Promise<LiquidPackage | null> {
    const { store, openPackage, logger } = this.#components;
    const file = slot === null ? null : await store.readSlot(slot);
    if (file === null) return null;
    try {
      return openPackage(file);
    } catch (error) {
      logger.error('a package for the board cannot be opened', { slot, error: toErrorReport(error) });
      return null;
    }
  }

  #intentOf({ live, target }: Wanted): BoardIntent {
    const { trial, assignment } = this.#components.store.record;
    return {
      live: live === null ? null : { hash: imageHashOf(live), isOnTrial: trial !== null },
      target: target === null ? null : imageHashOf(target),
      isDeploying: assignment !== null && !assignment.isDone && isBringing(assignment.instruction),
    };
  }

  #trialSeconds(): number {
    const { record } = this.#components.store;
    const seconds = installedIn(record, record.live)?.policy.trialSecondsMax ?? 0;
    return Math.min(trialSecondsLimit, Math.ceil(seconds) + trialMarginSeconds);
  }

  #settle(condition: EngineCondition): void {
    const isNews = JSON.stringify(condition) !== JSON.stringify(this.#condition);
    this.#condition = condition;
    if (isNews) this.#components.onNews();
  }

  #await(waitingFor: string): void {
    this.#condition = { departure: null, waitingFor };
  }

  #retryLater(error: unknown): void {
    const { clock, random, logger } = this.#components;
    const waitMs = backoffDelayMs(retryBackoff, this.#failures, random);
    this.#failures += 1;
    const { code, message } = toErrorReport(error);
    this.#await(`the board: ${message}`);
    logger.warn('the board is not in line with the record', { waitMs, code, message });
    this.#retry?.cancel();
    this.#retry = clock.after(waitMs, () => void this.align());
  }
}
