import { decodeMessage, type HealthMessage, healthMessageSchema } from '@liquid-lln/protocol';
import type { HealthPlace } from '../domain/report-intake.js';

/** What is asked of every device all the time. */
type HealthHead = HealthPlace & Pick<HealthMessage, 'deviceId' | 'digest' | 'thresholds' | 'breaches'>;

/**
 * What a device said last of its health, as it came. Decoded it takes twenty times the room, nearly all of it for the
 * buckets of its sketches, and hardly anybody asks for them again.
 */
export class KeptHealth {
  readonly head: HealthHead;
  readonly #encoded: Uint8Array;

  /** @param encoded what `health` was decoded from */
  constructor(health: HealthMessage, encoded: Uint8Array) {
    const { deviceId, epoch, sequence, unrecordedStart, digest, thresholds, breaches } = health;
    this.head = { deviceId, epoch, sequence, unrecordedStart, digest, thresholds, breaches };
    // A copy: what came lies in a block of memory that it shares with other messages.
    this.#encoded = new Uint8Array(encoded);
  }

  /** All of it. */
  decode(): HealthMessage {
    return decodeMessage(healthMessageSchema, this.#encoded, `health of ${this.head.deviceId}`);
  }
}
