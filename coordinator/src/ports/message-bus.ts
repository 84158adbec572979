/** A message on its way out. Everything goes with QoS 1. */
export interface OutgoingMessage {
  readonly topic: string;
  /** Empty with `retain`: clears what is retained. */
  readonly payload: Uint8Array;
  readonly retain: boolean;
}

export interface IncomingMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
  /** The user who published it, where the broker says so. */
  readonly sender: string | null;
}

export interface BusListener {
  onMessage(message: IncomingMessage): void;
  /** The broker is there, for the first time or again: whatever it should retain has to be published to it. */
  onConnect(): Promise<void>;
}

/** The broker, whichever it is. */
export interface MessageBus {
  /** Begins to deliver messages of these filters. */
  start(filters: readonly string[], listener: BusListener): Promise<void>;
  /** Resolves when the broker has the message; rejects when it does not take it in time. */
  publish(message: OutgoingMessage): Promise<void>;
  /** Ends the connections of a user whose credentials are void now, if the broker is ours to tell. */
  endConnections(username: string): void;
  stop(): Promise<void>;
}
