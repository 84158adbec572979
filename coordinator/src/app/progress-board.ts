import {
  type ClientId,
  type Clock,
  encodeMessage,
  limits,
  operatorProgressSchema,
  type RequestId,
  type RolloutId,
  type RolloutSummary,
  type Timer,
  type Topics,
} from '@liquid-lln/protocol';
import type { Logger } from '../ports/logger.js';
import type { MessageBus } from '../ports/message-bus.js';

export interface ProgressBoardComponents {
  readonly bus: MessageBus;
  readonly topics: Topics;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly summarize: (rolloutId: RolloutId) => RolloutSummary | null;
}

interface Watch {
  readonly client: ClientId;
  readonly request: RequestId;
  readonly rolloutId: RolloutId;
  readonly untilMs: number;
  lastShown: string;
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
    this.#watches.set(`${client}/${request}`, { client, request, rolloutId, untilMs, lastShown: '' });
    const oldest = this.#watches.size > watchesMax ? this.#watches.keys().next().value : undefined;
    if (oldest !== undefined) this.#watches.delete(oldest);
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
    for (const [key, watch] of this.#watches) {
      if (nowMs > watch.untilMs) this.#watches.delete(key);
      else this.#show(watch);
    }
    this.#lastShowMs = this.#components.clock.monotonicMs() - nowMs;
  }

  #show(watch: Watch): void {
    const { bus, topics, logger, summarize } = this.#components;
    const rollout = summarize(watch.rolloutId);
    if (rollout === null) return;
    const shown = JSON.stringify(rollout);
    if (shown === watch.lastShown) return;
    watch.lastShown = shown;
    const message = { kind: 'rollout' as const, rollout };
    const payload = encodeMessage(operatorProgressSchema, message, 'progress', limits.replyBytesMax);
    const topic = topics.operatorProgress(watch.client, watch.request);
    bus
      .publish({ topic, payload, retain: false })
      .catch((error: unknown) => logger.warn({ err: error }, 'progress could not be shown'));
  }
}
