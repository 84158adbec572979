import {
  type Clock,
  type Digest,
  decodeMessage,
  packageChunkSchema,
  type Topics,
  type TransferManifest,
  transferManifestSchema,
} from '@liquid-lln/protocol';
import type { Bus } from '../ports/bus.js';
import type { PackageSource } from '../ports/package-source.js';

/** How long one retained message is waited for. */
export const topicTimeoutMsDefault = 10_000;

/**
 * Packages as retained messages: a topic is subscribed to for as long as its one message is wanted. Several devices of
 * a gateway may want the same one.
 */
export class TopicPackageSource implements PackageSource {
  readonly #bus: Bus;
  readonly #clock: Clock;
  readonly #topics: Topics;
  readonly #timeoutMs: number;
  readonly #waiting = new Map<string, Set<(payload: Uint8Array | null) => void>>();
  readonly #whenConnected = new Set<() => void>();

  constructor(
    components: { readonly bus: Bus; readonly clock: Clock },
    init: { readonly topics: Topics; readonly timeoutMs?: number },
  ) {
    this.#bus = components.bus;
    this.#clock = components.clock;
    this.#topics = init.topics;
    this.#timeoutMs = init.timeoutMs ?? topicTimeoutMsDefault;
  }

  /** A connection is there: whoever waits for one goes on. */
  onConnect(): void {
    for (const resolve of this.#whenConnected) resolve();
    this.#whenConnected.clear();
  }

  /** What was asked for on the lost connection will not come. */
  onDisconnect(): void {
    for (const waiting of [...this.#waiting.values()]) for (const resolve of [...waiting]) resolve(null);
  }

  /** Takes a message if somebody waits for it. */
  offer(topic: string, payload: Uint8Array): boolean {
    const waiting = this.#waiting.get(topic);
    if (waiting === undefined) return false;
    // Empty is what takes a retained message back: the package is withdrawn, and may be back before the wait is over.
    if (payload.length > 0) for (const resolve of [...waiting]) resolve(payload);
    return true;
  }

  whenReachable(signal: AbortSignal): Promise<void> {
    if (this.#bus.isConnected) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        this.#whenConnected.delete(onConnect);
        reject(signal.reason);
      };
      const onConnect = () => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      };
      if (signal.aborted) return reject(signal.reason);
      signal.addEventListener('abort', onAbort, { once: true });
      this.#whenConnected.add(onConnect);
    });
  }

  async manifest(digest: Digest, signal: AbortSignal): Promise<TransferManifest | null> {
    const payload = await this.#receive(this.#topics.packageManifest(digest), signal);
    return payload === null
      ? null
      : decodeMessage(transferManifestSchema, payload, 'transfer manifest', transferBytesMax);
  }

  async chunk(digest: Digest, index: number, signal: AbortSignal): Promise<Uint8Array | null> {
    const payload = await this.#receive(this.#topics.packageChunk(digest, index), signal);
    return payload === null ? null : decodeMessage(packageChunkSchema, payload, 'package chunk').data;
  }

  #receive(topic: string, signal: AbortSignal): Promise<Uint8Array | null> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const finish = (settle: () => void) => {
        timer.cancel();
        signal.removeEventListener('abort', onAbort);
        this.#leave(topic, deliver);
        settle();
      };
      const onAbort = () => finish(() => reject(signal.reason));
      const timer = this.#clock.after(this.#timeoutMs, () => finish(() => resolve(null)));
      signal.addEventListener('abort', onAbort, { once: true });
      const deliver = (payload: Uint8Array | null) => finish(() => resolve(payload));
      this.#waiting.set(topic, (this.#waiting.get(topic) ?? new Set()).add(deliver));
      this.#bus.subscribe([topic]);
    });
  }

  #leave(topic: string, deliver: (payload: Uint8Array | null) => void): void {
    const waiting = this.#waiting.get(topic);
    waiting?.delete(deliver);
    if (waiting === undefined || waiting.size > 0) return;
    this.#waiting.delete(topic);
    this.#bus.unsubscribe([topic]);
  }
}

/** 4,096 chunk digests and their envelope. */
const transferBytesMax = 512 * 1024;
