import type { ClientId } from '@liquid-lln/protocol';

/** A connection to the broker on which an operator's messages travel; it reconnects by itself. */
export interface OperatorLink {
  readonly clientId: ClientId;
  /** Publishes with QoS 1; kept until the connection is back if it is down. */
  publish(topic: string, payload: Uint8Array): void;
  /** Where messages of the operator's own `reply` and `progress` topics arrive. One listener. */
  onMessage(listener: (topic: string, payload: Uint8Array) => void): void;
  close(): Promise<void>;
}
