import { type Clock, isLlnError } from '@liquid-lln/protocol';
import type { LoadedModel, ModelState } from '../ports/inference-engine.js';
import { RecentSteps, type StepSequence } from './recent-steps.js';
import { SerialQueue } from './serial-queue.js';

/** What a caller's session remembers: one state for each model that is open, and its last steps. */
export class Session {
  /** Steps of one session follow each other. */
  readonly queue = new SerialQueue();
  readonly #recent = new RecentSteps();
  readonly #states = new WeakMap<LoadedModel, ModelState>();

  /**
   * The state of a model. One that is new to the session is washed in: it runs the session's last steps, since a network
   * with a fading memory comes to where it would be by its recent inputs, whatever it began with.
   * @throws LlnError BOARD_UNREACHABLE
   */
  stateOf(model: LoadedModel): Promise<ModelState> {
    return this.stateLater(model)();
  }

  /** How to come by the state later, as it would be now: before the step that is being asked for. */
  stateLater(model: LoadedModel): () => Promise<ModelState> {
    const isKnown = this.#states.has(model);
    const recent = isKnown ? null : this.#recent.sequence(model.package.manifest.network.inputSize);
    return async () => {
      const state = this.#states.get(model) ?? (await washIn(model, recent));
      this.#states.set(model, state);
      return state;
    };
  }

  /** The steps that the session has just asked for. */
  remember(inputs: Float32Array, timeSteps: Float32Array): void {
    this.#recent.add(inputs, timeSteps);
  }
}

async function washIn(model: LoadedModel, recent: StepSequence | null): Promise<ModelState> {
  const state = model.createState();
  if (recent === null) return state;
  const { inputs, timeSteps } = recent;
  try {
    await model.run(
      state,
      inputs,
      timeSteps,
      new Float32Array(timeSteps.length * model.package.manifest.network.outputSize),
    );
    return state;
  } catch (error) {
    if (isLlnError(error, 'BOARD_UNREACHABLE')) throw error;
    return model.createState(); // What it cannot compute it will be judged by when it is asked.
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
