/** A message to send. */
export interface BusMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: 0 | 1;
  readonly isRetained: boolean;
}

export interface BusHandlers {
  /** A connection is there; subscriptions must be made anew. */
  onConnect(): void;
  onDisconnect(): void;
  onMessage(topic: string, payload: Uint8Array): void;
}

/** The connection to the coordinator's broker. It comes and goes by itself; nothing in here ever throws for that. */
export interface Bus {
  readonly isConnected: boolean;
  /** Begins to connect, and again whenever the connection is lost. `lastWill` gives each connection its own. */
  start(handlers: BusHandlers, lastWill: () => BusMessage): void;
  /** Resolves to whether the broker has taken the message; false without a connection. */
  publish(message: BusMessage): Promise<boolean>;
  subscribe(topics: readonly string[]): void;
  unsubscribe(topics: readonly string[]): void;
  /** Disconnects cleanly: the broker does not send the last will. */
  stop(): Promise<void>;
}
