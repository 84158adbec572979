import {
  backoffDelayMs,
  type Clock,
  decodeMessage,
  encodeMessage,
  LlnError,
  limits,
  type OperatorProgress,
  type OperatorReply,
  type OperatorReplyTo,
  type OperatorRequest,
  operatorProgressSchema,
  operatorReplySchema,
  operatorRequestSchema,
  parseTopic,
  parseWith,
  type Random,
  type RequestId,
  type Timer,
  topicsOf,
} from '@liquid-lln/protocol';
import type * as v from 'valibot';
import { errorFromReport } from '../domain/peer-error.js';
import { MessageQueue } from './message-queue.js';
import type { OperatorLink } from './operator-link.js';

/** A request as a command writes it: defaults of the protocol may be left out. */
export type OperatorRequestInput = v.InferInput<typeof operatorRequestSchema>;
type RequestOf<K extends OperatorRequest['kind']> = Extract<OperatorRequestInput, { kind: K }>;

/** A request whose answer is followed by news. */
export interface Conversation<K extends OperatorRequest['kind']> {
  readonly reply: Promise<OperatorReplyTo<K>>;
  readonly progress: MessageQueue<OperatorProgress>;
  /** Stops listening; what happens at the coordinator goes on. */
  close(): void;
}

export interface CoordinatorClientComponents {
  readonly link: OperatorLink;
  readonly clock: Clock;
  readonly random: Random;
  readonly newRequestId: () => RequestId;
}

export interface CoordinatorClientInit {
  readonly fleet: string;
  /** How long an answer may take, repetitions included, from when the coordinator was last heard of it. */
  readonly replyTimeoutMs?: number;
}

interface Pending {
  readonly kind: OperatorRequest['kind'];
  readonly progress: MessageQueue<OperatorProgress>;
  /** Both do nothing once the answer is there. */
  readonly resolve: (reply: OperatorReply) => void;
  readonly reject: (error: unknown) => void;
  /** There was news: the answer has as long as at the beginning. */
  readonly renew: () => void;
  /** No more repetitions and no deadline. */
  readonly stop: () => void;
}

/** The wait before a request is sent again with the same id, which makes the repetition harmless. */
const repetition = { firstMs: 2_000, maxMs: 8_000 };
export const defaultReplyTimeoutMs = 15_000;

/** Asks the coordinator: a request, its answer, and what happens after it. */
export class CoordinatorClient {
  readonly #components: CoordinatorClientComponents;
  readonly fleet: string;
  readonly #replyTimeoutMs: number;
  readonly #pending = new Map<RequestId, Pending>();

  constructor(components: CoordinatorClientComponents, init: CoordinatorClientInit) {
    this.#components = components;
    this.fleet = init.fleet;
    this.#replyTimeoutMs = init.replyTimeoutMs ?? defaultReplyTimeoutMs;
    components.link.onMessage((topic, payload) => this.#receive(topic, payload));
  }

  /**
   * Asks and waits for the answer.
   * @throws LlnError what the coordinator answers with; COORDINATOR_UNREACHABLE if it does not answer in time
   */
  async request<K extends OperatorRequest['kind']>(request: RequestOf<K>): Promise<OperatorReplyTo<K>> {
    const conversation = this.converse(request);
    try {
      return await conversation.reply;
    } finally {
      conversation.close();
    }
  }

  /** Asks, and listens to what happens until it is closed. */
  converse<K extends OperatorRequest['kind']>(request: RequestOf<K>): Conversation<K> {
    const requestId = this.#components.newRequestId();
    const progress = new MessageQueue<OperatorProgress>();
    const reply = this.#exchange(requestId, request, progress).then((answer) => replyOf<K>(request.kind, answer));
    return {
      reply,
      progress,
      close: () => {
        this.#pending.get(requestId)?.stop();
        this.#pending.delete(requestId);
        progress.end();
      },
    };
  }

  /** Gives up whatever is still waited for, and disconnects. */
  async close(): Promise<void> {
    for (const { reject, progress } of this.#pending.values()) {
      progress.end();
      reject(new LlnError('COORDINATOR_UNREACHABLE', 'the connection was closed before the answer came'));
    }
    this.#pending.clear();
    await this.#components.link.close();
  }

  #exchange(
    requestId: RequestId,
    request: OperatorRequestInput,
    progress: MessageQueue<OperatorProgress>,
  ): Promise<OperatorReply> {
    const { link, clock } = this.#components;
    const what = `${request.kind} request`;
    // What does not fit was typed so: an empty target, a reason that is an essay.
    const payload = encodeMessage(
      operatorRequestSchema,
      parseWith(operatorRequestSchema, request, what, 'USAGE'),
      what,
    );
    const topic = topicsOf(this.fleet).operatorRequest(link.clientId, requestId);
    return new Promise<OperatorReply>((resolve, reject) => {
      const repeating = this.#repeat(() => link.publish(topic, payload));
      const expire = (): void => settle(() => reject(this.#silence(request.kind)));
      let deadline: Timer | null = clock.after(this.#replyTimeoutMs, expire);
      const stop = (): void => {
        repeating.cancel();
        deadline?.cancel();
        deadline = null;
      };
      const settle = (act: () => void): void => {
        stop();
        act();
      };
      this.#pending.set(requestId, {
        kind: request.kind,
        progress,
        resolve: (reply) => settle(() => resolve(reply)),
        reject: (error) => settle(() => reject(error)),
        renew: () => {
          if (deadline === null) return;
          deadline.cancel();
          deadline = clock.after(this.#replyTimeoutMs, expire);
        },
        stop,
      });
    });
  }

  /** Sends now, and again with growing pauses until cancelled. */
  #repeat(send: () => void): Timer {
    const { clock, random } = this.#components;
    let timer: Timer;
    const sendAndPlan = (attempt: number): void => {
      send();
      timer = clock.after(backoffDelayMs(repetition, attempt, random), () => sendAndPlan(attempt + 1));
    };
    sendAndPlan(0);
    return { cancel: () => timer.cancel() };
  }

  #silence(kind: string): LlnError {
    const message = `the broker is there, but no coordinator of fleet "${this.fleet}" answered the ${kind} request within ${this.#replyTimeoutMs} ms`;
    return new LlnError('COORDINATOR_UNREACHABLE', message, { kind, fleet: this.fleet });
  }

  #receive(topic: string, payload: Uint8Array): void {
    const address = parseTopic(this.fleet, topic);
    if (address === null || !('request' in address)) return;
    const pending = this.#pending.get(address.request);
    if (pending === undefined) return;
    if (address.kind === 'operator-reply') receiveReply(pending, payload);
    if (address.kind === 'operator-progress') receiveProgress(pending, payload);
  }
}

function receiveReply(pending: Pending, payload: Uint8Array): void {
  try {
    pending.resolve(
      decodeMessage(operatorReplySchema, payload, `reply to the ${pending.kind} request`, limits.replyBytesMax),
    );
  } catch (thrown) {
    pending.reject(thrown);
  }
}

function receiveProgress(pending: Pending, payload: Uint8Array): void {
  pending.renew();
  try {
    pending.progress.push(
      decodeMessage(operatorProgressSchema, payload, `progress of the ${pending.kind} request`, limits.replyBytesMax),
    );
  } catch (thrown) {
    pending.progress.fail(thrown);
  }
}

function replyOf<K extends OperatorRequest['kind']>(kind: K, reply: OperatorReply): OperatorReplyTo<K> {
  if (reply.of === 'error') throw errorFromReport(reply.error);
  if (isReplyTo(kind, reply)) return reply;
  throw new LlnError('MESSAGE_INVALID', `the coordinator answered a ${kind} request with a reply to ${reply.of}`);
}

function isReplyTo<K extends OperatorRequest['kind']>(kind: K, reply: OperatorReply): reply is OperatorReplyTo<K> {
  return reply.of === kind;
}
