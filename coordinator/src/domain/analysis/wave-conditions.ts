import type { AnalysisRequest, Environment, PolicyOverrides } from '@liquid-lln/protocol';
import { defaultPolicy } from '@liquid-lln/protocol';

/** What a wave of a rollout has to show, besides that its devices confirmed. */
export interface WaveConditions {
  /** Whether waves wait for what the analysis says. */
  readonly isAnalysed: boolean;
  /** How long an open verdict holds a wave, beyond its soak. */
  readonly holdSeconds: number;
  /** Clean inferences that a wave needs in all. */
  readonly evidenceMin: number;
}

/** By then an analysis has come to what it will come to: see docs/PERFORMANCE.md. */
export const defaultHoldSeconds = 15 * 60;
/** Devices from which on an analysis is worth waiting for: from about there on it comes to a verdict within minutes. */
export const analysedDevicesMin = 20;

/** What is known when a rollout is made. */
export interface ConditionsInit {
  readonly request: AnalysisRequest | undefined;
  readonly policy: PolicyOverrides;
  readonly environments: ReadonlySet<Environment>;
  readonly devices: number;
  /** The share of the first wave: what it leaves out is what it is compared with. */
  readonly firstPercent: number;
}

/**
 * By default waves wait for the analysis in production, where there are enough devices and the first wave leaves some out. Each
 * device has shown `evidenceInferencesMin` clean inferences when it confirms, so a wave has that by default.
 */
export function conditionsOf({ request, policy, environments, devices, firstPercent }: ConditionsInit): WaveConditions {
  const isProduction = environments.size === 1 && environments.has('production');
  return {
    isAnalysed: request?.gate ?? (isProduction && devices >= analysedDevicesMin && firstPercent < 100),
    holdSeconds: request?.holdSeconds ?? defaultHoldSeconds,
    evidenceMin: request?.evidenceMin ?? policy.evidenceInferencesMin ?? defaultPolicy.evidenceInferencesMin,
  };
}
