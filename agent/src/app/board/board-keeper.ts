import { type Clock, type DeviceId, isLlnError, type Timer, toErrorReport } from '@liquid-lln/protocol';
import { type BoardLiveness, hasCrashed, noteBoard, unheardBoard } from '../../domain/board-liveness.js';
import type { Board, BoardHealth } from '../../ports/board.js';
import type { Logger } from '../../ports/logger.js';
import type { SensorReadings, Sensors } from '../../ports/sensors.js';
import type { SlotStore } from '../slot-store.js';
import type { BoardAligner } from './board-aligner.js';
import type { BoardIdentity } from './board-identity.js';
import type { BoardLine } from './board-line.js';
import { BoardLogReader } from './board-log-reader.js';
import { toReadings } from './board-readings.js';

export interface BoardKeeperComponents {
  readonly board: Board;
  readonly line: BoardLine;
  readonly identity: BoardIdentity;
  readonly aligner: BoardAligner;
  readonly store: SlotStore;
  /** The gateway's, for what is the agent's and not the board's. */
  readonly gatewaySensors: Sensors;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface BoardListeners {
  onCrash(): void;
  /** It has come or gone. */
  onNews(): void;
}

const pollMs = 1_000;
/** A board that has not answered a question by then is silent, however long the question is tried. */
const answerMsMax = 2_000;

/** Looks after a board: asks how it is, takes it out of service when it is silent, and back when it answers. */
export class BoardKeeper implements Sensors {
  readonly #components: BoardKeeperComponents;
  readonly #deviceId: DeviceId;
  readonly #logReader: BoardLogReader;
  #listeners: BoardListeners | null = null;
  #publishStatus: ((deviceId: DeviceId) => void) | null = null;
  #liveness: BoardLiveness;
  #health: BoardHealth | null = null;
  #linkUs: number | null = null;
  #askedMs: number | null = null;
  #ticker: Timer | null = null;
  #complaint = '';

  constructor(components: BoardKeeperComponents, init: { readonly deviceId: DeviceId }) {
    this.#components = components;
    this.#deviceId = init.deviceId;
    this.#liveness = unheardBoard(components.clock.monotonicMs());
    this.#logReader = new BoardLogReader(components);
  }

  listen(listeners: BoardListeners): void {
    this.#listeners = listeners;
  }

  /** Begins to ask; `publishStatus` tells the fleet that the board has come or gone. */
  start(publishStatus: (deviceId: DeviceId) => void): void {
    this.#publishStatus = publishStatus;
    this.#ticker = this.#components.clock.every(pollMs, () => this.#tick());
    this.#tick();
  }

  stop(): void {
    this.#ticker?.cancel();
    this.#components.aligner.stop();
  }

  /** Gives the line back. */
  close(): Promise<void> {
    return this.#components.board.close();
  }

  read(): SensorReadings {
    const { identity, gatewaySensors, clock } = this.#components;
    const { isReachable, heardMs } = this.#liveness;
    // What it said last is no reading of now: repeated, it would pass for evidence.
    const health = isReachable ? this.#health : null;
    const facts = { health, identity, linkUs: this.#linkUs, gateway: gatewaySensors.read() };
    const readings = toReadings(facts);
    return isReachable ? readings : { ...readings, silentSeconds: (clock.monotonicMs() - heardMs) / 1_000 };
  }

  #tick(): void {
    const nowMs = this.#components.clock.monotonicMs();
    if (this.#askedMs === null) void this.#ask(nowMs);
    else if (nowMs - this.#askedMs > answerMsMax) this.#noteSilence();
  }

  async #ask(nowMs: number): Promise<void> {
    this.#askedMs = nowMs;
    try {
      const health = await this.#components.board.health();
      if (!this.#liveness.isReachable) await this.#identify();
      this.#learn(health);
      this.#note(true);
      await this.#logReader.read();
    } catch (error) {
      this.#complain(error);
      this.#noteSilence();
    } finally {
      this.#askedMs = null;
    }
  }

  async #identify(): Promise<void> {
    const { board, identity, store } = this.#components;
    const isAnother = await identity.note(await board.info());
    if (!isAnother) return;
    this.#health = null;
    const detail = `another board answers: ${identity.id}`;
    await store.commit({ kind: 'noted', body: { kind: 'board-changed', detail } });
  }

  #learn(health: BoardHealth): void {
    const before = this.#health;
    this.#health = health;
    this.#linkUs = this.#components.line.takeLinkUs() ?? this.#linkUs;
    if (before === null || before.boots === health.boots) return;
    const { resetCause, boots } = health;
    this.#components.logger.info('the board has started again', { resetCause, boots });
    if (hasCrashed(before, health)) this.#listeners?.onCrash();
    void this.#components.aligner.align();
  }

  /** Not of a board that is restarted on purpose, nor of one whose answers to others come first. */
  #noteSilence(): void {
    const { clock, line } = this.#components;
    const isBusy = clock.monotonicMs() - line.answeredMs <= answerMsMax;
    if (!line.isRestarting && !isBusy) this.#note(false);
  }

  #note(isAnswering: boolean): void {
    const { clock, line, logger, aligner } = this.#components;
    const { liveness, news, wantsReset } = noteBoard(this.#liveness, isAnswering, clock.monotonicMs());
    this.#liveness = liveness;
    line.isReachable = liveness.isReachable;
    if (wantsReset) void this.#reset();
    if (news === null) return;
    if (news === 'back') {
      this.#complaint = '';
      logger.info('the board answers', { id: this.#components.identity.id });
    } else logger.error('the board does not answer and is out of service');
    void aligner.align();
    this.#listeners?.onNews();
    this.#publishStatus?.(this.#deviceId);
  }

  /** A hung board may still hear a reset through its line. */
  async #reset(): Promise<void> {
    const { board, logger } = this.#components;
    try {
      logger.warn('the board is silent: a reset is tried');
      await board.reset();
    } catch (error) {
      logger.warn('the board could not be reset', { code: toErrorReport(error).code });
    }
  }

  /** The same trouble again and again is said once. */
  #complain(error: unknown): void {
    const { message } = toErrorReport(error);
    if (message === this.#complaint) return;
    this.#complaint = message;
    const level = isLlnError(error, 'BOARD_UNREACHABLE') ? 'warn' : 'error';
    this.#components.logger[level]('the board', { error: toErrorReport(error) });
  }
}
