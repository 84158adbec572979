import type { LocalFleet } from '../fleet/local-fleet.js';
import type { EvidenceBuilder } from './evidence.js';
import type { Narrator } from './narrator.js';
import type { DemoPackages } from './packages.js';
import type { Traffic } from './traffic.js';

/** An agent that was alone for minutes looks for the coordinator once a minute. */
export const returnTimeoutMs = 90_000;

/** What every chapter of the story works with. */
export interface Stage {
  readonly fleet: LocalFleet;
  readonly packages: DemoPackages;
  readonly traffic: Traffic;
  readonly narrator: Narrator;
  readonly evidence: EvidenceBuilder;
  /** What may pass before a device begins or ends a trial. */
  readonly trialTimeoutMs: number;
  readonly signal: AbortSignal;
}
