import * as v from 'valibot';
import { nonNegative, positiveCount, ratio } from '../base/schema.js';

const seconds = v.pipe(nonNegative, v.maxValue(30 * 24 * 3600));

/**
 * The runbook's numbers, once. "Ratio" is a share of requests or memory; "excess" is the share by which a figure may
 * pass its threshold (0.2 = 20 % more). Each may be set per rollout; what is left out keeps its default.
 */
export const policySchema = v.pipe(
  v.strictObject({
    /** Error rate: healthy below, alert above, rollback above for all of `errorRateWindowSeconds`. */
    errorRatioHealthy: v.optional(ratio, 0.01),
    errorRatioAlert: v.optional(ratio, 0.05),
    errorRatioRollback: v.optional(ratio, 0.1),
    errorRateWindowSeconds: v.optional(v.pipe(seconds, v.minValue(1)), 120),
    /** Latency over its threshold (the package's budget, else the baseline + 10 %). */
    latencyExcessHealthy: v.optional(nonNegative, 0.1),
    latencyExcessAlert: v.optional(nonNegative, 0.2),
    latencyExcessRollback: v.optional(nonNegative, 0.5),
    /** Energy over its budget. */
    energyExcessAlert: v.optional(nonNegative, 0.15),
    energyExcessRollback: v.optional(nonNegative, 0.25),
    memoryRatioAlert: v.optional(ratio, 0.8),
    /** Used where the package names no safe range of its own. */
    temperatureMinC: v.optional(v.number(), -20),
    temperatureMaxC: v.optional(v.number(), 85),
    /** The window over which averages are taken for alerts and rollbacks other than the error rate's. */
    windowSeconds: v.optional(v.pipe(seconds, v.minValue(1)), 60),
    /** Inferences below which an average says nothing; a window with fewer reaches further back for them. */
    windowInferencesMin: v.optional(positiveCount, 50),
    /** How long a candidate answers beside the live package before its trial; 0: there is no such time. */
    shadowSeconds: v.optional(seconds, 0),
    /** How far its answers may be from those of the live package: see `Disagreement`. */
    shadowDisagreementMax: v.optional(nonNegative, 0.1),
    /** How long a trial is watched before it may be confirmed. */
    soakSeconds: v.optional(seconds, 60),
    /** Clean inferences that a trial needs: 298 without an error show "under 1 %" at 95 % confidence. */
    evidenceInferencesMin: v.optional(positiveCount, 298),
    /** A trial without enough evidence by then reverts. */
    trialSecondsMax: v.optional(v.pipe(seconds, v.minValue(1)), 24 * 3600),
    /** Heartbeats come this often; three missed ones make a device unresponsive. */
    heartbeatSeconds: v.optional(v.pipe(seconds, v.minValue(0.1)), 10),
  }),
  v.check(
    (policy) =>
      policy.errorRatioHealthy <= policy.errorRatioAlert &&
      policy.errorRatioAlert <= policy.errorRatioRollback &&
      policy.latencyExcessHealthy <= policy.latencyExcessAlert &&
      policy.latencyExcessAlert <= policy.latencyExcessRollback &&
      policy.energyExcessAlert <= policy.energyExcessRollback,
    'limits must grow from healthy over alert to rollback',
  ),
  v.check(
    (policy) => policy.temperatureMinC < policy.temperatureMaxC,
    'temperatureMinC must lie below temperatureMaxC',
  ),
  v.check((policy) => policy.soakSeconds < policy.trialSecondsMax, 'soakSeconds must be shorter than trialSecondsMax'),
  v.check(
    (policy) => policy.shadowSeconds < policy.trialSecondsMax,
    'shadowSeconds must be shorter than trialSecondsMax',
  ),
);

/** Limits in force, complete. */
export type Policy = v.InferOutput<typeof policySchema>;
/** Limits as somebody sets them: what is left out keeps its default. */
export type PolicyOverrides = v.InferInput<typeof policySchema>;

/** The runbook's numbers as they stand. */
export const defaultPolicy: Policy = v.parse(policySchema, {});

/** Missed heartbeats after which a device counts as unresponsive. */
export const heartbeatsMissedMax = 3;

/** Inferences a second that an agent makes itself in a trial, at most: it must not load the machine that it measures. */
export const probesPerSecondMax = 20;

/**
 * The error rate's window reaches further back, by an hour at most, where it holds fewer of clients' inferences than
 * that: from about here on "over 10 %" alone is more than chance in a package with under 1 %.
 */
export const errorRateInferencesFull = 150;

/** Seconds of a batch of energy readings: a power changes more slowly than once a second. */
export const energyBatchSeconds = 3;

/**
 * Batches below which an average is no evidence: half of a minute's seconds for latencies, a minute for energies. Who
 * sets a shorter window is served by it, and takes the greater part that chance then has.
 */
export function batchesMin({ windowSeconds }: Pick<Policy, 'windowSeconds'>): {
  readonly latency: number;
  readonly energy: number;
} {
  const atLeastTwo = (batches: number) => Math.max(2, Math.floor(batches));
  return {
    latency: atLeastTwo(Math.min(30, windowSeconds / 2)),
    // The batch that has begun, and a reading that is missing, are not worth waiting for.
    energy: atLeastTwo(Math.min(20, windowSeconds / energyBatchSeconds) - 1),
  };
}
