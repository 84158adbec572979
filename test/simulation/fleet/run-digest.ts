import { createHash, type Hash } from 'node:crypto';
import type { FleetChange } from '@liquid-lln/coordinator';
import type { ManualClock } from '@liquid-lln/protocol/testing';
import type { SimMessage } from './sim-broker.js';

/** A hash of all that happens in a run: two runs with the same one did the same. */
export class RunDigest {
  readonly #clock: ManualClock;
  readonly #hash: Hash = createHash('sha256');

  constructor(clock: ManualClock) {
    this.#clock = clock;
  }

  onNoted(what: string): void {
    this.#add('noted', what);
  }

  onSent({ topic, payload, isRetained }: SimMessage): void {
    this.#add('sent', topic, payload, String(isRetained));
  }

  onCommitted(changes: readonly FleetChange[]): void {
    this.#add('committed', JSON.stringify(changes));
  }

  /** The digest of what has happened; nothing can be added after it. */
  end(): string {
    return this.#hash.digest('hex');
  }

  #add(kind: string, ...parts: readonly (string | Uint8Array)[]): void {
    this.#hash.update(`${this.#clock.monotonicMs()} ${kind} ${parts.map(({ length }) => length).join(' ')}\n`);
    for (const part of parts) this.#hash.update(part);
  }
}
