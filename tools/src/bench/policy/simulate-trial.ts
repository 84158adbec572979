import { defaultPolicy, type OutputProfile, seededRandom } from '@liquid-lln/protocol';
import { drawFault, drawScenario, type FaultKind, type Scenario } from './scenario.js';
import { SimulatedDevice } from './simulated-device.js';

/** How a trial went. */
export interface TrialResult {
  /** Gives the same trial again. */
  readonly seed: number;
  readonly scenario: Scenario;
  /** `running`: neither confirmed nor left when the simulation ended. */
  readonly end: 'confirmed' | 'reverted' | 'running';
  /** Seconds from the swap to the confirmation, if there was one. */
  readonly confirmedSeconds: number | null;
  /** Seconds from when the fault can be seen to the decision to leave the package. */
  readonly revertedSeconds: number | null;
  /** What the revert was for. */
  readonly detail: string;
}

/** A confirmed package is watched on for as long as the longest window, to see that it stays. */
const healthyAfterSeconds = 150;
/** A bad package that was confirmed for want of evidence has so long to be found out. */
const badSecondsMax = 6 * 3_600;

/** A whole trial of a healthy package, or of one with a fault of some kind. */
export function simulateTrial(seed: number, kind: FaultKind | null, profile: OutputProfile): TrialResult {
  const random = seededRandom(seed);
  const scenario = drawScenario(random, kind === null ? { kind: 'none' } : drawFault(random, kind));
  const device = new SimulatedDevice(scenario, profile, random);
  let confirmedSeconds: number | null = null;
  for (let seconds = 1; seconds <= secondsMaxOf(kind, confirmedSeconds); seconds += 1) {
    const decision = device.pass();
    if (decision.kind === 'revert') {
      const revertedSeconds = seconds - (scenario.fault.kind === 'crash' ? scenario.fault.afterSeconds : 0);
      return { seed, scenario, end: 'reverted', confirmedSeconds, revertedSeconds, detail: decision.detail };
    }
    if (decision.kind !== 'confirm' || confirmedSeconds !== null) continue;
    confirmedSeconds = seconds;
    device.confirm();
  }
  const end = confirmedSeconds === null ? 'running' : 'confirmed';
  return { seed, scenario, end, confirmedSeconds, revertedSeconds: null, detail: '' };
}

function secondsMaxOf(kind: FaultKind | null, confirmedSeconds: number | null): number {
  if (kind !== null) return badSecondsMax;
  return confirmedSeconds === null ? defaultPolicy.trialSecondsMax : confirmedSeconds + healthyAfterSeconds;
}
