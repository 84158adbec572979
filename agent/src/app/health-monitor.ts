import {
  type Breach,
  type Clock,
  type Digest,
  defaultPolicy,
  findBreaches,
  type Manifest,
  type Policy,
  type PolicyWindows,
  type SlotName,
  type Thresholds,
  type Verdict,
  verdictOf,
  type WindowFigures,
} from '@liquid-lln/protocol';
import { boardSilenceMsMax } from '../domain/board-liveness.js';
import { addReading, averageReading, type TimedReading } from '../domain/reading-average.js';
import { type InferenceSample, SlidingWindow, type WindowCounts } from '../domain/sliding-window.js';
import { thresholdsFor } from '../domain/thresholds.js';
import { decidePackage, evidenceOf, type PackageDecision, type TrialProgress } from '../domain/trial-policy.js';
import type { EngineActivation } from '../ports/inference-engine.js';
import type { InferenceObserver } from '../ports/metrics.js';
import type { SensorReadings, Sensors } from '../ports/sensors.js';

/** The package to watch. */
export interface WatchedPackage {
  readonly digest: Digest;
  readonly slot: SlotName;
  readonly manifest: Manifest;
  readonly policy: Policy;
  readonly baselineLatencyUs: number | null;
  readonly isOnTrial: boolean;
}

interface Watch {
  readonly subject: WatchedPackage;
  readonly thresholds: Thresholds;
  readonly startedMs: number;
  isOnTrial: boolean;
  inferences: number;
  errors: number;
  latencySumUs: number;
  latencyCount: number;
}

/** What the monitor sees now. */
export interface HealthView {
  readonly digest: Digest | null;
  readonly slot: SlotName | null;
  readonly policy: Policy;
  readonly thresholds: Thresholds | null;
  readonly windows: PolicyWindows;
  readonly breaches: readonly Breach[];
  readonly verdict: Verdict;
  readonly readings: SensorReadings;
}

/**
 * Watches the live package over sliding windows that begin anew with every swap, so that no package answers for
 * another's samples.
 */
export class HealthMonitor implements InferenceObserver {
  readonly #clock: Clock;
  readonly #sensors: Sensors;
  readonly #activation: Pick<EngineActivation, 'condition'>;
  #watch: Watch | null = null;
  #window: SlidingWindow;
  #readings: SensorReadings;
  #energy: readonly TimedReading[] = [];
  /** When the engine crashed, the oldest first. */
  #crashesMs: readonly number[] = [];

  constructor({ clock, sensors, activation }: HealthMonitorComponents) {
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
    watch.inferences += 1;
    if (sample.isError) watch.errors += 1;
    if (sample.latencyUs === null || !Number.isFinite(sample.latencyUs)) return;
    watch.latencySumUs += sample.latencyUs;
    watch.latencyCount += 1;
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
    this.#energy = addReading(this.#energy, this.#readings.energyMw, nowMs, this.#policy.windowSeconds);
  }

  /** What the policy says about the live package; null without one. */
  decide(): PackageDecision | null {
    const watch = this.#watch;
    if (watch === null) return null;
    const { condition } = this.#activation;
    return decidePackage(this.trialProgress, this.#windows(), watch.thresholds, watch.subject.policy, condition);
  }

  /** How far the trial has come; null without one. */
  get trialProgress(): TrialProgress | null {
    const watch = this.#watch;
    if (watch === null || !watch.isOnTrial) return null;
    const elapsedSeconds = (this.#clock.monotonicMs() - watch.startedMs) / 1_000;
    return { elapsedSeconds, inferences: watch.inferences, errors: watch.errors };
  }

  get evidence(): number {
    return this.#watch === null ? 0 : evidenceOf(this.#watch);
  }

  /** Mean latency of the live package, confirmed and seen often enough; null otherwise. */
  get baselineLatencyUs(): number | null {
    const watch = this.#watch;
    if (watch === null || watch.isOnTrial || watch.latencyCount < watch.subject.policy.windowInferencesMin) return null;
    return watch.latencySumUs / watch.latencyCount;
  }

  get view(): HealthView {
    const windows = this.#windows();
    const thresholds = this.#watch?.thresholds ?? null;
    const policy = this.#policy;
    const breaches = [...findBreaches(windows, thresholds ?? machineThresholds, policy), ...this.#silence()];
    return {
      digest: this.#watch?.subject.digest ?? null,
      slot: this.#watch?.subject.slot ?? null,
      policy,
      thresholds,
      windows,
      breaches,
      verdict: verdictOf(windows, breaches, thresholds, policy),
      readings: this.#readings,
    };
  }

  get #policy(): Policy {
    return this.#watch?.subject.policy ?? defaultPolicy;
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
    const { windowSeconds, errorRateWindowSeconds } = this.#policy;
    return {
      recent: this.#figures(this.#window.count(windowSeconds, nowMs)),
      errors: this.#figures(this.#window.count(errorRateWindowSeconds, nowMs)),
    };
  }

  #figures(counts: WindowCounts): WindowFigures {
    const { temperatureC, memoryRatio } = this.#readings;
    // The gateway's own engine takes the agent along when it crashes: the next start finds the trial cut short.
    const sinceMs = this.#clock.monotonicMs() - counts.seconds * 1_000;
    const crashes = this.#crashesMs.filter((atMs) => atMs >= sinceMs).length;
    return { ...counts, crashes, energyMw: averageReading(this.#energy), temperatureC, memoryRatio };
  }
}

const crashesKeptMax = 100;

export interface HealthMonitorComponents {
  readonly clock: Clock;
  readonly sensors: Sensors;
  readonly activation: Pick<EngineActivation, 'condition'>;
}

/** The limits of a machine that serves nothing. */
const machineThresholds: Thresholds = {
  latencyUs: null,
  energyMw: null,
  temperatureMinC: defaultPolicy.temperatureMinC,
  temperatureMaxC: defaultPolicy.temperatureMaxC,
};

function newWindow(policy: Policy, nowMs: number): SlidingWindow {
  return new SlidingWindow(Math.max(policy.windowSeconds, policy.errorRateWindowSeconds), nowMs);
}

function newWatch(subject: WatchedPackage, startedMs: number): Watch {
  const thresholds = thresholdsFor(subject.manifest, subject.policy, subject.baselineLatencyUs);
  const counters = { inferences: 0, errors: 0, latencySumUs: 0, latencyCount: 0 };
  return { subject, thresholds, startedMs, isOnTrial: subject.isOnTrial, ...counters };
}
