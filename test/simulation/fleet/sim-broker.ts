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

/** Hears what is sent, and what becomes of it on the way. */
export interface BrokerWatcher {
  onSent(message: SimMessage): void;
  onLost(): void;
  onDoubled(): void;
}

interface Session {
  readonly peer: SimPeer;
  readonly lastWill: SimMessage | null;
  /** With what each is compared: text, or the levels of one with wildcards. */
  readonly filters: Map<string, string | readonly string[]>;
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
  readonly #watcher: BrokerWatcher;

  constructor(clock: ManualClock, dice: Dice, weather: Weather, watcher: BrokerWatcher) {
    this.#clock = clock;
    this.#dice = dice;
    this.weather = weather;
    this.#watcher = watcher;
  }

  /** @returns null if the broker is down. */
  connect(peer: SimPeer, lastWill: SimMessage | null): SimConnection | null {
    if (!this.isUp) return null;
    const session: Session = { peer, lastWill, filters: new Map(), pending: new Set(), isOpen: true };
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
      const wanted = filter.includes('+') ? filter.split('/') : filter;
      session.filters.set(filter, wanted);
      for (const [topic, { payload, sender }] of this.retained)
        if (isMatch(wanted, topic, topic.split('/'))) this.#deliver(session, topic, payload, sender);
    }
  }

  #send(session: Session, message: SimMessage): Promise<boolean> {
    if (!session.isOpen) return Promise.resolve(false);
    this.#watcher.onSent(message);
    if (this.#isInside(session)) {
      this.#take(message, session.peer);
      return Promise.resolve(true);
    }
    if (this.#isLost()) return this.#lose(session, message);
    return new Promise((resolve) => {
      session.pending.add(resolve);
      this.#clock.after(this.#delayMs(), () => {
        if (!session.isOpen) return;
        this.#take(message, session.peer);
        if (message.isSure && this.#isDoubled()) this.#take(message, session.peer);
        this.#clock.after(this.#delayMs(), () => {
          if (session.pending.delete(resolve)) resolve(true);
        });
      });
    });
  }

  #isLost(): boolean {
    const isLost = this.#dice.isHit(this.weather.lossRatio);
    if (isLost) this.#watcher.onLost();
    return isLost;
  }

  #isDoubled(): boolean {
    const isDoubled = this.#dice.isHit(this.weather.duplicateRatio);
    if (isDoubled) this.#watcher.onDoubled();
    return isDoubled;
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
    const levels = message.topic.split('/');
    for (const session of this.#sessions)
      if (isWanted(session, message.topic, levels))
        this.#deliver(session, message.topic, message.payload, sender, message.isSure);
  }

  #deliver(session: Session, topic: string, payload: Uint8Array, sender: string, isSure = true): void {
    if (this.#isInside(session)) {
      session.peer.onMessage(topic, payload, sender);
      return;
    }
    if (this.#isLost()) {
      if (isSure) this.#clock.after(this.#dice.between(100, 5_000), () => this.#end(session, false));
      return;
    }
    const times = isSure && this.#isDoubled() ? 2 : 1;
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

function isWanted({ filters }: Session, topic: string, levels: readonly string[]): boolean {
  if (filters.has(topic)) return true;
  for (const wanted of filters.values()) if (isMatch(wanted, topic, levels)) return true;
  return false;
}

function isMatch(wanted: string | readonly string[], topic: string, levels: readonly string[]): boolean {
  if (typeof wanted === 'string') return wanted === topic;
  return wanted.length === levels.length && wanted.every((level, index) => level === '+' || level === levels[index]);
}
