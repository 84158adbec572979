import type { RolloutId } from '@liquid-lln/protocol';

/** Chance that nobody may foresee, and what is done with it. */
export interface Secrets {
  newRolloutId(): RolloutId;
  newSeed(): string;
  /** 256 bits in text form. */
  newSecret(): string;
  /** What is stored of a secret. Secrets are random, so one round of SHA-256 is enough. */
  hash(secret: string): string;
  /** Compares in constant time. */
  matches(secret: string, hash: string): boolean;
}
