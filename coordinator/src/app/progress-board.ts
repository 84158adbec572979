import {
  type ClientId,
  type Clock,
  encodeMessage,
  limits,
  type OperatorProgress,
  operatorProgressSchema,
  type RequestId,
  type RolloutId,
  type RolloutSummary,
  type Timer,
  type Topics,
} from '@liquid-lln/protocol';
import { isSettled, type Rollout } from '../domain/rollout.js';
import type { Logger } from '../ports/logger.js';
import type { MessageBus } from '../ports/message-bus.js';

export interface ProgressBoardComponents {
  readonly bus: MessageBus;
  readonly topics: Topics;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly rollouts: ReadonlyMap<RolloutId, Rollout>;
  /** Looks at the fleet; what it returns tells of one rollout after the other what was seen. */
  readonly look: () => (rollout: Rollout) => RolloutSummary;
}

interface Watch {
  readonly client: ClientId;
  readonly request: RequestId;
  readonly rolloutId: RolloutId;
  readonly untilMs: number;
  lastShown: string;
  /** Shown as it will stay, until something is done about it once more. */
  settled: Rollout | null;
}

/** An operator who still looks asks again; nobody watches for longer than this. */
const watchMs = 24 * 3600 * 1000;
const watchesMax = 200;
/** Between two looks at a large rollout; what happens in between is shown by the next one. */
const refreshMs = 100;
/** A large rollout takes longer to show; showing takes a tenth of the time at most. */
const restPerShow = 9;

/** Tells operators how the rollouts that they asked for go on, whenever something about them changes. */
export class ProgressBoard {
  readonly #components: ProgressBoardComponents;
  readonly #watches = new Map<string, Watch>();
  #soon: Timer | null = null;
  #lastShowMs = 0;

  constructor(components: ProgressBoardComponents) {
    this.#components = components;
  }

  watch({ client, request }: { client: ClientId; request: RequestId }, rolloutId: RolloutId): void {
    const untilMs = this.#components.clock.monotonicMs() + watchMs;
    this.#watches.set(`${client}/${request}`, { client, request, rolloutId, untilMs, lastShown: '', settled: null });
    const oldest = this.#watches.size > watchesMax ? this.#watches.keys().next().value : undefined;
    if (oldest !== undefined) this.#watches.delete(oldest);
  }

  /** Tells who asked how something else goes on. */
  tell({ client, request }: Pick<Watch, 'client' | 'request'>, progress: OperatorProgress): void {
    const { bus, topics, logger } = this.#components;
    const payload = encodeMessage(operatorProgressSchema, progress, 'progress', limits.replyBytesMax);
    bus
      .publish({ topic: topics.operatorProgress(client, request), payload, retain: false })
      .catch((error: unknown) => logger.warn({ err: error }, 'progress could not be shown'));
  }

  /** Shows soon what has changed since the last time. */
  refresh(): void {
    if (this.#watches.size === 0) return;
    const delayMs = Math.max(refreshMs, restPerShow * this.#lastShowMs);
    this.#soon ??= this.#components.clock.after(delayMs, () => {
      this.#soon = null;
      this.#refreshNow();
    });
  }

  #refreshNow(): void {
    const nowMs = this.#components.clock.monotonicMs();
    for (const [key, { untilMs }] of this.#watches) if (nowMs > untilMs) this.#watches.delete(key);
    this.#showMoving();
    this.#lastShowMs = this.#components.clock.monotonicMs() - nowMs;
  }

  /** A settled rollout shows the same whatever its devices do: of most that are watched nothing need be asked. */
  #showMoving(): void {
    const { rollouts, look } = this.#components;
    const moving = [...this.#watches.values()].flatMap((watch) => {
      const rollout = rollouts.get(watch.rolloutId);
      return rollout === undefined || rollout === watch.settled ? [] : [{ watch, rollout }];
    });
    if (moving.length === 0) return;
    const summarize = look();
    for (const { watch, rollout } of moving) {
      this.#show(watch, summarize(rollout));
      watch.settled = isSettled(rollout) ? rollout : null;
    }
  }

  #show(watch: Watch, rollout: RolloutSummary): void {
    const shown = JSON.stringify(rollout);
    if (shown === watch.lastShown) return;
    watch.lastShown = shown;
    this.tell(watch, { kind: 'rollout', rollout });
  }
}
