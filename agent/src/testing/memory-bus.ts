import type { Bus, BusHandlers, BusMessage } from '../ports/bus.js';

/** A broker in memory, with retained messages, that a test can cut off. */
export class MemoryBus implements Bus {
  isConnected = false;
  /** Everything that was published, oldest first. */
  readonly published: BusMessage[] = [];
  /** Every subscription made, oldest first. */
  readonly subscribed: string[] = [];
  readonly #retained = new Map<string, Uint8Array>();
  readonly #subscriptions = new Set<string>();
  #handlers: BusHandlers | null = null;
  #lastWill: (() => BusMessage) | null = null;

  start(handlers: BusHandlers, lastWill: () => BusMessage): void {
    this.#handlers = handlers;
    this.#lastWill = lastWill;
  }

  connect(): void {
    this.#lastWill?.();
    this.#subscriptions.clear();
    this.isConnected = true;
    this.#handlers?.onConnect();
  }

  disconnect(): void {
    this.isConnected = false;
    this.#handlers?.onDisconnect();
  }

  async publish(message: BusMessage): Promise<boolean> {
    if (!this.isConnected) return false;
    this.published.push(message);
    return true;
  }

  subscribe(topics: readonly string[]): void {
    for (const topic of topics) {
      this.subscribed.push(topic);
      this.#subscriptions.add(topic);
      const payload = this.#retained.get(topic);
      if (payload !== undefined) queueMicrotask(() => this.deliver(topic, payload));
    }
  }

  unsubscribe(topics: readonly string[]): void {
    for (const topic of topics) this.#subscriptions.delete(topic);
  }

  /** Publishes as the coordinator does: kept for later subscribers, and delivered to the present one. */
  retain(topic: string, payload: Uint8Array): void {
    this.#retained.set(topic, payload);
    this.deliver(topic, payload);
  }

  /** Delivers once, if the agent listens. */
  deliver(topic: string, payload: Uint8Array): void {
    const isHeard = [...this.#subscriptions].some(
      (filter) => filter === topic || (filter.endsWith('/+') && topic.startsWith(filter.slice(0, -1))),
    );
    if (this.isConnected && isHeard) this.#handlers?.onMessage(topic, payload);
  }

  async stop(): Promise<void> {
    this.isConnected = false;
  }
}
