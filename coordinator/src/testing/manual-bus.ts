import type { BusListener, MessageBus, OutgoingMessage } from '../ports/message-bus.js';

/** A bus in memory: a test is everybody else on it. */
export class ManualBus implements MessageBus {
  /** Everything published, in order. */
  readonly published: OutgoingMessage[] = [];
  readonly retained = new Map<string, Uint8Array>();
  #listener: BusListener | null = null;

  async start(_filters: readonly string[], listener: BusListener): Promise<void> {
    this.#listener = listener;
    await listener.onConnect();
  }

  async publish(message: OutgoingMessage): Promise<void> {
    this.published.push(message);
    if (!message.retain) return;
    if (message.payload.length === 0) this.retained.delete(message.topic);
    else this.retained.set(message.topic, message.payload);
  }

  endConnections(): void {
    // Nobody is connected to it.
  }

  /** Somebody publishes. */
  deliver(topic: string, payload: Uint8Array, sender: string | null = null): void {
    this.#listener?.onMessage({ topic, payload, sender });
  }

  async stop(): Promise<void> {
    this.#listener = null;
  }
}
