import {
  type AdoptedThresholds,
  type Breach,
  breachesOf,
  type Clock,
  type Digest,
  defaultPolicy,
  easedLimits,
  errorRateInferencesFull,
  type LimitInForce,
  limitsInForce,
  type Manifest,
  type Policy,
  type PolicyWindows,
  type SlotName,
  type Thresholds,
  thermalBandOf,
  type Verdict,
  verdictOf,
  type WindowFigures,
} from '@liquid-lln/protocol';
import { type Baseline, BaselineLearner } from '../domain/baseline.js';
import { boardSilenceMsMax } from '../domain/board-liveness.js';
import { type InferenceSample, type InferenceTally, isBadSample, tallySample } from '../domain/inference-sample.js';
import { type DescribedOutputs, OutputGuard } from '../domain/output-guard.js';
import {
  addReading,
  averageReading,
  finiteFigure,
  finiteOrNull,
  type TimedReading,
} from '../domain/reading-average.js';
import { SlidingWindow, type WindowCounts } from '../domain/sliding-window.js';
import { thresholdsFor } from '../domain/thresholds.js';
import { decidePackage, evidenceOf, type PackageDecision, type TrialProgress } from '../domain/trial-policy.js';
import type { EngineActivation } from '../ports/inference-engine.js';
import type { InferenceObserver } from '../ports/metrics.js';
import type { SensorReadings, Sensors } from '../ports/sensors.js';

/** The package to watch. */
export interface WatchedPackage {
  readonly digest: Digest;
  readonly slot: SlotName;
  readonly manifest: DescribedOutputs & Pick<Manifest, 'budgets'>;
  readonly policy: Policy;
  /** Of the package before it. */
  readonly baseline: Baseline | null;
  readonly isOnTrial: boolean;
  /** Whether its trial is only to be gone back from: such a one is never confirmed. */
  readonly isDrill?: boolean;
}

interface Watch {
  readonly subject: WatchedPackage;
  readonly startedMs: number;
  readonly outputs: OutputGuard;
  readonly learner: BaselineLearner;
  readonly tally: InferenceTally;
  isOnTrial: boolean;
}

/** What the monitor sees now. */
export interface HealthView {
  readonly digest: Digest | null;
  readonly slot: SlotName | null;
  readonly policy: Policy;
  readonly thresholds: Thresholds | null;
  /** Every limit in force, with where it comes from. */
  readonly limits: readonly LimitInForce[];
  readonly windows: PolicyWindows;
  readonly breaches: readonly Breach[];
  readonly verdict: Verdict;
  readonly readings: SensorReadings;
}

/**
 * Watches the live package over sliding windows that begin anew with every swap, so that no package answers for
 * another's samples. What takes an evaluation of the policy is a method; properties cost nothing.
 */
export class HealthMonitor implements InferenceObserver {
  readonly #clock: Clock;
  readonly #sensors: Sensors;
  readonly #adoptedOf: (digest: Digest) => AdoptedThresholds | null;
  readonly #activation: Pick<EngineActivation, 'condition'>;
  #watch: Watch | null = null;
  #window: SlidingWindow;
  #readings: SensorReadings;
  #energy: readonly TimedReading[] = [];
  /** When the engine crashed, the oldest first. */
  #crashesMs: readonly number[] = [];

  constructor({ clock, sensors, activation, adoptedOf = () => null }: HealthMonitorComponents) {
    this.#adoptedOf = adoptedOf;
    this.#clock = clock;
    this.#sensors = sensors;
    this.#activation = activation;
    this.#window = newWindow(defaultPolicy, clock.monotonicMs());
    this.#readings = sensors.read();
  }

  /** Begins to watch a package, or nothing, with empty windows. */
  watch(subject: WatchedPackage | null): void {
    const nowMs = this.#clock.monotonicMs();
    this.#window = newWindow(subject?.policy ?? defaultPolicy, nowMs);
    this.#energy = [];
    this.#crashesMs = [];
    this.#watch = subject === null ? null : newWatch(subject, nowMs);
  }

  /** The trial is over: from now on only the rollback triggers count. */
  endTrial(): void {
    if (this.#watch !== null) this.#watch.isOnTrial = false;
  }

  onInference(digest: Digest, sample: InferenceSample): void {
    const watch = this.#watch;
    // A request that began before the swap may end after it.
    if (watch === null || watch.subject.digest !== digest) return;
    this.#window.addInference(sample, this.#clock.monotonicMs());
    tallySample(watch.tally, sample);
    if (sample.answer !== undefined && !sample.isProbe) watch.outputs.add(sample.answer);
    if (watch.isOnTrial || sample.latencyUs === null || isBadSample(sample)) return;
    watch.learner.add(sample.latencyUs, this.#bandC);
  }

  /** What runs the live package has crashed and started again. */
  onCrash(): void {
    this.#crashesMs = [...this.#crashesMs, this.#clock.monotonicMs()].slice(-crashesKeptMax);
  }

  onRejected(): void {
    this.#window.addRejected(this.#clock.monotonicMs());
  }

  /** Reads the sensors; call it at a steady pace. */
  sample(): void {
    const nowMs = this.#clock.monotonicMs();
    this.#readings = this.#sensors.read();
    this.#energy = addReading(this.#energy, this.#readings.energyMw, nowMs, this.policy.windowSeconds);
  }

  /** What the sensors said when they were read last. */
  get readings(): SensorReadings {
    return this.#readings;
  }

  /** What the policy says about the live package; null without one. */
  decide(): PackageDecision | null {
    const watch = this.#watch;
    if (watch === null) return null;
    const { departure, waitingFor } = this.#activation.condition;
    const condition = {
      departure,
      waitingFor: watch.subject.isDrill === true ? 'its end, as this is a drill' : waitingFor,
    };
    const thresholds = this.#thresholdsOf(watch);
    return decidePackage(this.trialProgress, this.#windows(), thresholds, watch.subject.policy, condition);
  }

  /** How far the trial has come; null without one. */
  get trialProgress(): TrialProgress | null {
    const watch = this.#watch;
    if (watch === null || !watch.isOnTrial) return null;
    const elapsedSeconds = (this.#clock.monotonicMs() - watch.startedMs) / 1_000;
    return { elapsedSeconds, ...watch.tally };
  }

  get evidence(): number {
    return this.#watch === null ? 0 : evidenceOf(this.#watch.tally);
  }

  /** What the live package was measured at while it was confirmed; null if it was not seen often enough. */
  get baseline(): Baseline | null {
    return this.#watch?.learner.learned(this.#watch.subject.policy.windowInferencesMin) ?? null;
  }

  /** Holds everything against the limits in force. */
  evaluate(): HealthView {
    const windows = this.#windows();
    const thresholds = this.#watch === null ? null : this.#thresholdsOf(this.#watch);
    const { policy } = this;
    const limits = limitsInForce(thresholds ?? machineThresholds, policy);
    const breaches = [...breachesOf(windows, limits, policy), ...this.#silence()];
    return {
      digest: this.#watch?.subject.digest ?? null,
      slot: this.#watch?.subject.slot ?? null,
      policy,
      thresholds,
      limits,
      windows,
      breaches,
      verdict: verdictOf(windows, breaches, thresholds, policy),
      readings: this.#readings,
    };
  }

  /** What would still pass the limits that end alerts. */
  lingeringIn({ windows, limits, policy }: HealthView): Breach[] {
    return [...breachesOf(windows, easedLimits(limits), policy), ...this.#silence()];
  }

  /** The limits that the live package came with. */
  get policy(): Policy {
    return this.#watch?.subject.policy ?? defaultPolicy;
  }

  /** Whether what runs the package is out of service. */
  get isSilent(): boolean {
    return this.#readings.silentSeconds !== undefined;
  }

  /** The thresholds of the live package; null where it has none. */
  get thresholdsInForce(): { readonly latencyUs: number | null; readonly energyMw: number | null } {
    const thresholds = this.#watch === null ? machineThresholds : this.#thresholdsOf(this.#watch);
    return { latencyUs: thresholds.latencyUs?.value ?? null, energyMw: thresholds.energyMw?.value ?? null };
  }

  /** What a device must keep to, whatever it serves. */
  get safeLimits(): Pick<Thresholds, 'temperatureMinC' | 'temperatureMaxC'> & { readonly memoryRatioMax: number } {
    const thresholds = this.#watch === null ? machineThresholds : this.#thresholdsOf(this.#watch);
    return { ...thresholds, memoryRatioMax: this.policy.memoryRatioAlert };
  }

  get #bandC(): number | null {
    return thermalBandOf(this.#readings.temperatureC?.value ?? null);
  }

  #thresholdsOf({ subject }: Watch): Thresholds {
    const adopted = this.#adoptedOf(subject.digest);
    return thresholdsFor(subject.manifest, subject.policy, subject.baseline, this.#bandC, adopted);
  }

  /** A board that does not answer is a matter for people: its package may be as good as before. */
  #silence(): Breach[] {
    const { silentSeconds } = this.#readings;
    const limit = boardSilenceMsMax / 1_000;
    if (silentSeconds === undefined || silentSeconds <= limit) return [];
    return [{ metric: 'liveness', level: 'alert', value: silentSeconds, limit, unit: 's', samples: 1 }];
  }

  #windows(): PolicyWindows {
    const nowMs = this.#clock.monotonicMs();
    const { windowSeconds, errorRateWindowSeconds, windowInferencesMin } = this.policy;
    const recent = { seconds: windowSeconds, inferencesMin: windowInferencesMin };
    const errors = { seconds: errorRateWindowSeconds, clientInferencesMin: errorRateInferencesFull };
    return {
      recent: this.#figures(this.#window.count(recent, nowMs)),
      errors: this.#window.countErrors(errors, nowMs),
      outputs: this.#watch?.outputs.figures ?? null,
    };
  }

  #figures(counts: WindowCounts): WindowFigures {
    const energy = averageReading(this.#energy);
    // The gateway's own engine takes the agent along when it crashes: the next start finds the trial cut short.
    const sinceMs = this.#clock.monotonicMs() - counts.seconds * 1_000;
    return {
      ...counts,
      crashes: this.#crashesMs.filter((atMs) => atMs >= sinceMs).length,
      energyMw: energy.figure,
      energyBatches: energy.batches,
      badReadings: energy.bad,
      temperatureC: finiteFigure(this.#readings.temperatureC),
      thermalBandC: this.#bandC,
      memoryRatio: finiteOrNull(this.#readings.memoryRatio),
    };
  }
}

const crashesKeptMax = 100;

export interface HealthMonitorComponents {
  readonly clock: Clock;
  readonly sensors: Sensors;
  readonly activation: Pick<EngineActivation, 'condition'>;
  /** Thresholds that were adopted for a package. */
  readonly adoptedOf?: (digest: Digest) => AdoptedThresholds | null;
}

/** The limits of a machine that serves nothing. */
const machineThresholds: Thresholds = {
  latencyUs: null,
  energyMw: null,
  temperatureMinC: defaultPolicy.temperatureMinC,
  temperatureMaxC: defaultPolicy.temperatureMaxC,
  temperatureMinOrigin: 'policy',
  temperatureMaxOrigin: 'policy',
  outputs: null,
};

function newWindow(policy: Policy, nowMs: number): SlidingWindow {
  return new SlidingWindow(Math.max(policy.windowSeconds, policy.errorRateWindowSeconds), nowMs);
}

function newWatch(subject: WatchedPackage, startedMs: number): Watch {
  const tally = { inferences: 0, errors: 0, probes: 0, probeErrors: 0 };
  const outputs = new OutputGuard(subject.manifest);
  return { subject, startedMs, outputs, learner: new BaselineLearner(), tally, isOnTrial: subject.isOnTrial };
}
