import type { AgentComponents } from '@liquid-lln/agent';
import type { ManualClock } from '@liquid-lln/protocol/testing';
import type { Dice } from './schedule.js';
import type { SimBroker, SimConnection, SimMessage } from './sim-broker.js';

type Bus = AgentComponents['bus'];
type BusMessage = Parameters<Bus['publish']>[0];

/** An agent's side of its line: connects again whenever it may. */
export class AgentLine implements Bus {
  readonly #name: string;
  readonly #broker: SimBroker;
  readonly #clock: ManualClock;
  readonly #dice: Dice;
  #handlers: Parameters<Bus['start']>[0] | null = null;
  #lastWill: Parameters<Bus['start']>[1] | null = null;
  #connection: SimConnection | null = null;
  #connectAtMs = 0;
  #isClosed = false;

  constructor(name: string, broker: SimBroker, clock: ManualClock, dice: Dice) {
    this.#name = name;
    this.#broker = broker;
    this.#clock = clock;
    this.#dice = dice;
  }

  get isConnected(): boolean {
    return this.#connection?.isOpen ?? false;
  }

  start(handlers: Parameters<Bus['start']>[0], lastWill: Parameters<Bus['start']>[1]): void {
    this.#handlers = handlers;
    this.#lastWill = lastWill;
  }

  /** Called again and again by the machine that it belongs to. @param isReachable whether there is a way at all. */
  connectIfDue(isReachable: boolean): void {
    const handlers = this.#handlers;
    const lastWill = this.#lastWill;
    if (handlers === null || lastWill === null || this.#isClosed || this.isConnected || !isReachable) return;
    if (this.#clock.monotonicMs() < this.#connectAtMs) return;
    this.#connectAtMs = this.#clock.monotonicMs() + this.#dice.between(200, 3_000);
    const connection = this.#broker.connect(
      {
        name: this.#name,
        isCoordinator: false,
        onMessage: (topic, payload) => handlers.onMessage(topic, payload),
        onDisconnect: () => {
          if (!this.#isClosed) handlers.onDisconnect();
        },
      },
      asSim(lastWill()),
    );
    if (connection === null) return;
    this.#connection = connection;
    handlers.onConnect();
  }

  async publish(message: BusMessage): Promise<boolean> {
    return (await this.#connection?.publish(asSim(message))) ?? false;
  }

  subscribe(topics: readonly string[]): void {
    this.#connection?.subscribe(topics);
  }

  unsubscribe(topics: readonly string[]): void {
    this.#connection?.unsubscribe(topics);
  }

  async stop(): Promise<void> {
    this.#isClosed = true;
    this.#connection?.close(true);
  }

  /** The line dies; with its agent if that is gone. */
  close(isClean: boolean, isForGood = false): void {
    this.#isClosed ||= isForGood;
    this.#connection?.close(isClean);
  }
}

function asSim({ topic, payload, isRetained, qos }: BusMessage): SimMessage {
  return { topic, payload, isRetained, isSure: qos === 1 };
}
