import {
  type Clock,
  type DeviceId,
  deviceEventSchema,
  encodeMessage,
  type Timer,
  type Topics,
} from '@liquid-lln/protocol';
import type { PostedEvent } from '../domain/store-record.js';
import type { Bus } from '../ports/bus.js';
import type { SlotStore } from './slot-store.js';

/** Events under way at once, before the coordinator has acknowledged any of them. */
const windowEvents = 50;
const resendMs = { first: 10_000, max: 300_000 } as const;

export interface EventCourierComponents {
  readonly store: SlotStore;
  readonly bus: Bus;
  readonly clock: Clock;
}

/** Sends the outbox's events, oldest first, again and again until the coordinator says that it has stored them. */
export class EventCourier {
  readonly #components: EventCourierComponents;
  readonly #deviceId: DeviceId;
  readonly #topics: Topics;
  #sentUpTo = 0;
  #resendMs: number = resendMs.first;
  #timer: Timer | null = null;

  constructor(components: EventCourierComponents, init: { readonly deviceId: DeviceId; readonly topics: Topics }) {
    this.#components = components;
    this.#deviceId = init.deviceId;
    this.#topics = init.topics;
  }

  /** What was sent on an earlier connection may be lost. */
  onConnect(): void {
    this.#sentUpTo = 0;
    this.#resendMs = resendMs.first;
    this.send();
  }

  /** Sends what has not been sent, as far as the window allows. */
  send(): void {
    const { store, bus } = this.#components;
    if (!bus.isConnected) return;
    const due = store.events.slice(0, windowEvents).filter((event) => event.sequence > this.#sentUpTo);
    for (const event of due) {
      this.#sentUpTo = event.sequence;
      void bus.publish({
        topic: this.#topics.event(this.#deviceId),
        payload: this.#encode(event),
        qos: 1,
        isRetained: false,
      });
    }
    if (store.events.length > 0) this.#timer ??= this.#components.clock.after(this.#resendMs, () => this.#resend());
  }

  /** @throws LlnError STORAGE_FULL, STORAGE_FAILED */
  async acknowledge(epoch: string, upTo: number): Promise<void> {
    const { store } = this.#components;
    if (epoch !== store.record.epoch) return;
    this.#resendMs = resendMs.first;
    await store.acknowledge(upTo);
    this.send();
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #resend(): void {
    this.#timer = null;
    this.#sentUpTo = 0;
    this.#resendMs = Math.min(resendMs.max, this.#resendMs * 2);
    this.send();
  }

  #encode({ sequence, atMs, body }: PostedEvent): Uint8Array {
    const { epoch } = this.#components.store.record;
    return encodeMessage(deviceEventSchema, { v: 1, deviceId: this.#deviceId, epoch, sequence, atMs, body }, 'event');
  }
}
