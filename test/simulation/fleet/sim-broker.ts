import type { ManualClock } from '@liquid-lln/protocol/testing';
import type { Dice, Weather } from './schedule.js';

export interface SimMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly isRetained: boolean;
  /** Whether its loss ends the connection: QoS 1 is sent until it is acknowledged, or the line is dead. */
  readonly isSure: boolean;
}

/** Somebody connected to the broker. */
export interface SimPeer {
  readonly name: string;
  readonly isCoordinator: boolean;
  onMessage(topic: string, payload: Uint8Array, sender: string): void;
  /** The line is dead, whether or not its peer has asked for it. */
  onDisconnect(): void;
}

export interface SimConnection {
  readonly isOpen: boolean;
  /** Resolves to whether the broker has acknowledged it. */
  publish(message: SimMessage): Promise<boolean>;
  subscribe(filters: readonly string[]): void;
  unsubscribe(filters: readonly string[]): void;
  /** @param isClean whether the last will is withheld */
  close(isClean: boolean): void;
}

interface Session {
  readonly peer: SimPeer;
  readonly lastWill: SimMessage | null;
  readonly filters: Set<string>;
  readonly pending: Set<(isTaken: boolean) => void>;
  isOpen: boolean;
}

/**
 * An MQTT broker and the lines to it, more hostile than TCP: messages on one connection may overtake each other, come
 * twice, or be lost. A lost QoS 1 message ends its connection, as no answer does in the real world.
 */
export class SimBroker {
  weather: Weather;
  isUp = true;
  readonly retained = new Map<string, { readonly payload: Uint8Array; readonly sender: string }>();
  readonly #clock: ManualClock;
  readonly #dice: Dice;
  readonly #sessions = new Set<Session>();

  constructor(clock: ManualClock, dice: Dice, weather: Weather) {
    this.#clock = clock;
    this.#dice = dice;
    this.weather = weather;
  }

  /** @returns null if the broker is down. */
  connect(peer: SimPeer, lastWill: SimMessage | null): SimConnection | null {
    if (!this.isUp) return null;
    const session: Session = { peer, lastWill, filters: new Set(), pending: new Set(), isOpen: true };
    this.#sessions.add(session);
    return {
      get isOpen() {
        return session.isOpen;
      },
      publish: (message) => this.#send(session, message),
      subscribe: (filters) => this.#subscribe(session, filters),
      unsubscribe: (filters) => {
        for (const filter of filters) session.filters.delete(filter);
      },
      close: (isClean) => this.#end(session, isClean),
    };
  }

  /** Ends, and takes every connection with it. @param isForgetful whether it loses what it retains. */
  stop(isForgetful: boolean): void {
    this.isUp = false;
    for (const session of [...this.#sessions]) this.#end(session, true);
    if (isForgetful) this.retained.clear();
  }

  #delayMs(): number {
    return this.#dice.between(0, this.weather.delayMsMax);
  }

  #subscribe(session: Session, filters: readonly string[]): void {
    for (const filter of filters) {
      session.filters.add(filter);
      for (const [topic, { payload, sender }] of this.retained)
        if (isMatch(filter, topic)) this.#deliver(session, topic, payload, sender);
    }
  }

  #send(session: Session, message: SimMessage): Promise<boolean> {
    if (!session.isOpen) return Promise.resolve(false);
    if (this.#isInside(session)) {
      this.#take(message, session.peer);
      return Promise.resolve(true);
    }
    if (this.#dice.isHit(this.weather.lossRatio)) return this.#lose(session, message);
    return new Promise((resolve) => {
      session.pending.add(resolve);
      this.#clock.after(this.#delayMs(), () => {
        if (!session.isOpen) return;
        this.#take(message, session.peer);
        if (message.isSure && this.#dice.isHit(this.weather.duplicateRatio)) this.#take(message, session.peer);
        this.#clock.after(this.#delayMs(), () => {
          if (session.pending.delete(resolve)) resolve(true);
        });
      });
    });
  }

  #lose(session: Session, message: SimMessage): Promise<boolean> {
    if (!message.isSure) return Promise.resolve(true);
    return new Promise((resolve) => {
      session.pending.add(resolve);
      this.#clock.after(this.#dice.between(100, 5_000), () => this.#end(session, false));
    });
  }

  /** Whether there is no line between a peer and the broker, for one lives in the other. */
  #isInside({ peer }: Session): boolean {
    return peer.isCoordinator && this.weather.isBrokerEmbedded;
  }

  #take(message: SimMessage, { name: sender, isCoordinator }: SimPeer): void {
    // The embedded broker keeps nothing of what devices say: the store is the truth.
    if (message.isRetained && (isCoordinator || !this.weather.isBrokerEmbedded)) {
      if (message.payload.length === 0) this.retained.delete(message.topic);
      else this.retained.set(message.topic, { payload: message.payload, sender });
    }
    for (const session of this.#sessions)
      if ([...session.filters].some((filter) => isMatch(filter, message.topic)))
        this.#deliver(session, message.topic, message.payload, sender, message.isSure);
  }

  #deliver(session: Session, topic: string, payload: Uint8Array, sender: string, isSure = true): void {
    if (this.#isInside(session)) {
      session.peer.onMessage(topic, payload, sender);
      return;
    }
    if (this.#dice.isHit(this.weather.lossRatio)) {
      if (isSure) this.#clock.after(this.#dice.between(100, 5_000), () => this.#end(session, false));
      return;
    }
    const times = isSure && this.#dice.isHit(this.weather.duplicateRatio) ? 2 : 1;
    for (let time = 0; time < times; time += 1)
      this.#clock.after(this.#delayMs(), () => {
        if (session.isOpen) session.peer.onMessage(topic, payload, sender);
      });
  }

  #end(session: Session, isClean: boolean): void {
    if (!session.isOpen) return;
    session.isOpen = false;
    this.#sessions.delete(session);
    for (const resolve of session.pending) resolve(false);
    session.pending.clear();
    session.peer.onDisconnect();
    const { lastWill, peer } = session;
    if (!isClean && lastWill !== null) this.#clock.after(this.#delayMs(), () => this.#take(lastWill, peer));
  }
}

function isMatch(filter: string, topic: string): boolean {
  if (!filter.includes('+')) return filter === topic;
  const levels = topic.split('/');
  const wanted = filter.split('/');
  return wanted.length === levels.length && wanted.every((level, index) => level === '+' || level === levels[index]);
}
