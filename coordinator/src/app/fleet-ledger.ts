import { type Clock, isLlnError, LlnError } from '@liquid-lln/protocol';
import { type DiskReserve, noReserve } from '../ports/disk-reserve.js';
import type { FleetChange, FleetSnapshot, FleetStore } from '../ports/fleet-store.js';
import type { Logger } from '../ports/logger.js';
import { applyChange, type FleetState, stateOf } from './fleet-state.js';
import { UndoJournal } from './undo-journal.js';

/** What a piece of work wants changed, and what it answers once that is on disk. */
export interface Decision<T> {
  readonly changes: readonly FleetChange[];
  readonly result: T;
  /** On a full disk it gets the room that is kept back; no if it is left out. */
  readonly isUrgent?: boolean;
}

export interface FleetLedgerComponents {
  readonly store: FleetStore;
  /** Room for what is urgent while the disk is full; none if it is left out. */
  readonly reserve?: DiskReserve;
  readonly clock: Clock;
  readonly logger: Logger;
  /** What follows from changes, whoever makes them, and is committed with them; nothing if it is left out. */
  readonly follow?: (state: FleetState, changes: readonly FleetChange[]) => readonly FleetChange[];
  /** The store has failed: memory and disk may differ, and nothing may be acknowledged any more. */
  readonly onFailure: (error: unknown) => void;
}

interface Waiting {
  run(): readonly FleetChange[];
  /** Of what was decided last. */
  isUrgent(): boolean;
  succeed(): void;
  fail(error: unknown): void;
}

interface Refused {
  readonly urgent: readonly Waiting[];
  readonly full: LlnError | null;
}

/** Pieces of work that share one commit, and so one fsync. */
const batchMax = 500;
/** Under a stream of work the disk rests three times as long as it wrote: what comes meanwhile shares one commit. */
const restPerCommit = 3;
const restMsMax = 200;
const waitingMax = 50_000;

/**
 * The one writer of the fleet's state. Work is decided one after the other on the current state and committed in
 * groups; a promise resolves when its changes are on disk. While the disk is full every change is refused and
 * nothing changes, until there is room again; what is urgent gets the room that is kept back for it. A store that fails otherwise ends the coordinator: after a restart it goes
 * on from what was committed, and nothing else was ever acknowledged.
 */
export class FleetLedger {
  readonly state: FleetState;
  readonly #components: FleetLedgerComponents;
  readonly #waiting: Waiting[] = [];
  #draining: Promise<void> | null = null;
  readonly #journal: UndoJournal;
  #failure: LlnError | null = null;
  #isFull = false;
  #isReserveSpent = false;
  /** Until when the next commit waits, if there is little to write. */
  #restUntilMs = 0;
  #endRest: (() => void) | null = null;
  #isSettling = false;

  constructor(components: FleetLedgerComponents, snapshot: FleetSnapshot) {
    this.#components = components;
    this.state = stateOf(snapshot);
    this.#journal = new UndoJournal(this.state);
  }

  /** Whether the disk had no room at the last commit that wrote anything. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** Decides on the current state and commits. What `decide` throws rejects the promise and changes nothing. */
  change<T>(decide: (state: FleetState) => Decision<T>): Promise<T> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    if (this.#waiting.length >= waitingMax)
      return Promise.reject(new LlnError('ENGINE_OVERLOADED', 'too many changes wait for the disk'));
    const decided = new Promise<T>((resolve, reject) => {
      this.#waiting.push(this.#waitFor(decide, resolve, reject));
    });
    this.#draining ??= this.#drain();
    return decided;
  }

  /** Resolves when everything asked for so far is committed. */
  async settle(): Promise<void> {
    this.#isSettling = true;
    this.#endRest?.();
    await this.#draining;
    this.#isSettling = false;
  }

  #waitFor<T>(
    decide: (state: FleetState) => Decision<T>,
    resolve: (result: T) => void,
    reject: (error: unknown) => void,
  ): Waiting {
    let decision: Decision<T> | null = null;
    return {
      run: () => {
        decision = decide(this.state);
        return decision.changes;
      },
      isUrgent: () => decision?.isUrgent === true,
      succeed: () => {
        if (decision !== null) resolve(decision.result);
      },
      fail: reject,
    };
  }

  async #drain(): Promise<void> {
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      await this.#rest();
      await this.#commit(this.#waiting.splice(0, batchMax));
    }
    this.#draining = null;
  }

  async #rest(): Promise<void> {
    const { clock } = this.#components;
    const restMs = this.#restUntilMs - clock.monotonicMs();
    if (restMs < 1 || this.#isSettling) return;
    // A full batch does not wait; but messages and timers have their turn before it, however much there is to write.
    const delayMs = this.#waiting.length >= batchMax ? 0 : restMs;
    await new Promise<void>((resolve) => {
      const timer = clock.after(delayMs, resolve);
      this.#endRest = () => {
        timer.cancel();
        resolve();
      };
    });
    this.#endRest = null;
  }

  async #commit(batch: readonly Waiting[]): Promise<void> {
    const { reserve = noReserve, logger } = this.#components;
    if (this.#isReserveSpent) this.#isReserveSpent = !(await reserve.hold());
    const { urgent, full } = await this.#keepDecided(batch);
    if (full === null || urgent.length === 0) return;
    if (!(await reserve.release())) return failAll(urgent, full);
    this.#isReserveSpent = true;
    logger.warn({}, 'what cannot wait takes the room that was kept back for it');
    const last = await this.#keepDecided(urgent);
    if (last.full !== null) failAll(last.urgent, last.full);
  }

  /** Decides and commits. @returns what a full disk refused and cannot wait; everything else is settled. */
  async #keepDecided(batch: readonly Waiting[]): Promise<Refused> {
    this.#journal.begin();
    const { decided, changes } = this.#decide(batch);
    try {
      if (this.#failure !== null) throw this.#failure;
      if (changes.length > 0) await this.#keep(changes);
      for (const waiting of decided) waiting.succeed();
      return { urgent: [], full: null };
    } catch (cause) {
      const isFull = isLlnError(cause, 'STORE_FULL');
      const failure = isFull ? this.#takeBack(cause) : this.#fail(cause);
      const urgent = isFull ? decided.filter((waiting) => waiting.isUrgent()) : [];
      failAll(
        decided.filter((waiting) => !urgent.includes(waiting)),
        failure,
      );
      return { urgent, full: isFull ? failure : null };
    }
  }

  /** On the current state, one after the other. While the reserve is spent, what is not urgent leaves it alone. */
  #decide(batch: readonly Waiting[]): { readonly decided: readonly Waiting[]; readonly changes: FleetChange[] } {
    const decided: Waiting[] = [];
    const changes: FleetChange[] = [];
    for (const waiting of batch) {
      try {
        const asked = waiting.run();
        const wanted = [...asked, ...(this.#components.follow?.(this.state, asked) ?? [])];
        if (wanted.length > 0 && this.#isReserveSpent && !waiting.isUrgent())
          throw new LlnError(
            'STORE_FULL',
            'the disk of the coordinator is full: the rest is kept for what cannot wait',
          );
        for (const change of wanted) applyChange(this.state, change);
        changes.push(...wanted);
        decided.push(waiting);
      } catch (thrown) {
        waiting.fail(thrown);
      }
    }
    return { decided, changes };
  }

  async #keep(changes: readonly FleetChange[]): Promise<void> {
    const { store, clock } = this.#components;
    const startedMs = clock.monotonicMs();
    await store.commit(changes);
    const endedMs = clock.monotonicMs();
    this.#restUntilMs = endedMs + Math.min(restMsMax, restPerCommit * (endedMs - startedMs));
    if (!this.#isFull || this.#isReserveSpent) return;
    this.#isFull = false;
    this.#components.logger.info({}, 'the disk has room again: the coordinator goes on');
  }

  /** None of the batch was written. What only asked is refused with the rest: its answer rests on what is gone. */
  #takeBack(full: LlnError): LlnError {
    this.#journal.undo();
    if (!this.#isFull) this.#components.logger.error({ err: full }, 'the disk is full: changes are refused');
    this.#isFull = true;
    return full;
  }

  #fail(cause: unknown): LlnError {
    const failure = isLlnError(cause)
      ? cause
      : new LlnError('STORAGE_FAILED', 'the store of the coordinator failed', {}, cause);
    if (this.#failure === null) this.#components.onFailure(failure);
    this.#failure ??= failure;
    return failure;
  }
}

function failAll(refused: readonly Waiting[], failure: LlnError): void {
  for (const waiting of refused) waiting.fail(failure);
}
