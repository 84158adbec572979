import type { Clock } from '@liquid-lln/protocol';
import type { LoadedModel, ModelState } from '../ports/inference-engine.js';
import { SerialQueue } from './serial-queue.js';

/** What a caller's session remembers: one state for each model that is open. */
export class Session {
  /** Steps of one session follow each other. */
  readonly queue = new SerialQueue();
  #states = new Map<LoadedModel, ModelState>();

  /** The states for these models; a model that is new to the session begins at its initial state. */
  statesFor(models: readonly LoadedModel[]): readonly ModelState[] {
    const states = models.map((model) => this.#states.get(model) ?? model.createState());
    this.#states = new Map(models.map((model, index) => [model, states[index] ?? model.createState()]));
    return states;
  }
}

export const sessionDefaults = { sessionsMax: 1_000, idleSecondsMax: 3_600 } as const;

/** Sessions by name: bounded, the least recently used one goes first, and an idle one goes after an hour. */
export class SessionTable {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #sessionsMax: number;
  readonly #idleMsMax: number;
  /** In the order of their last use. */
  readonly #sessions = new Map<string, { readonly session: Session; readonly usedMs: number }>();

  constructor(clock: Pick<Clock, 'monotonicMs'>, init: { sessionsMax?: number; idleSecondsMax?: number } = {}) {
    this.#clock = clock;
    this.#sessionsMax = init.sessionsMax ?? sessionDefaults.sessionsMax;
    this.#idleMsMax = (init.idleSecondsMax ?? sessionDefaults.idleSecondsMax) * 1_000;
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** The session of this name, made if there is none. */
  use(name: string): Session {
    const usedMs = this.#clock.monotonicMs();
    this.#expire(usedMs);
    const session = this.#sessions.get(name)?.session ?? new Session();
    this.#sessions.delete(name);
    this.#sessions.set(name, { session, usedMs });
    if (this.#sessions.size > this.#sessionsMax) this.#dropOldest();
    return session;
  }

  #expire(nowMs: number): void {
    for (const [name, { usedMs }] of this.#sessions) {
      if (nowMs - usedMs <= this.#idleMsMax) return;
      this.#sessions.delete(name);
    }
  }

  #dropOldest(): void {
    const oldest = this.#sessions.keys().next();
    if (oldest.done !== true) this.#sessions.delete(oldest.value);
  }
}
