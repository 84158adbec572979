import {
  type AlertView,
  type Breach,
  type DeviceView,
  type Digest,
  mean,
  mergeSketches,
  type PackageIdentity,
  quantile,
  type RolloutId,
  type RolloutSummary,
  type SourcedFigure,
  type WaveAnalysisView,
  type WindowFigures,
} from '@liquid-lln/protocol';
import { isUnknown } from './alert-text.js';
import { memoryUsedRatio } from './device-tables.js';
import { isOpen, outcomeOf } from './rollout-outcome.js';
import { rolloutTitle, waveLine } from './rollout-text.js';

/** What a window of inferences came to: of one device, or of all that run the same package. */
export interface Performance {
  readonly inferences: number;
  readonly errors: number;
  /** Null without inferences: no requests are no success. */
  readonly errorRatio: number | null;
  readonly latencyUsP50: number | null;
  readonly latencyUsP99: number | null;
  readonly latencyUsMean: number | null;
}

/** One device at one moment of a monitoring. */
export interface DeviceSample extends Performance {
  readonly deviceId: string;
  readonly package: PackageIdentity | null;
  readonly online: boolean;
  readonly silentMs: number | null;
  readonly faults: readonly string[];
  readonly breaches: readonly Breach[];
  readonly latencyUsLimit: number | null;
  readonly energyMw: SourcedFigure;
  readonly energyMwLimit: number | null;
  readonly temperatureC: SourcedFigure;
  readonly temperatureCMin: number | null;
  readonly temperatureCMax: number | null;
  /** Of the memory that the engine may use. */
  readonly memoryRatio: number | null;
  readonly system: SystemSample | null;
}

/** The machine behind a device. */
export interface SystemSample {
  readonly cpuRatio: number | null;
  /** Processes that ran or waited in the last minute, on average. */
  readonly load1: number | null;
  readonly memoryUsedRatio: number | null;
  readonly memoryTotalBytes: number | null;
  readonly agentRssBytes: number;
  readonly diskFreeBytes: number | null;
  readonly uptimeSeconds: number;
}

/** The devices that run the same package, merged. */
export interface CohortSample extends Performance {
  readonly package: PackageIdentity | null;
  readonly devices: number;
  readonly latencyUsLimit: number | null;
}

export interface MonitorSample {
  readonly atMs: number;
  readonly devices: readonly DeviceSample[];
  readonly cohorts: readonly CohortSample[];
  /** Of the newest rollout to any of the devices; null without one. */
  readonly analysis: RolloutAnalysis | null;
  /** Rollouts to any of the devices that may still do something, the newest first. */
  readonly rollouts: readonly RolloutProgress[];
  /** What is wrong in the fleet and nobody has acknowledged or silenced. */
  readonly alerts: readonly AlertView[];
}

/** How far a rollout is. */
export interface RolloutProgress {
  readonly rolloutId: RolloutId;
  /** Of its package; null where each device gets one of its own, or none. */
  readonly digest: Digest | null;
  /** What it is, in words. */
  readonly title: string;
  readonly done: number;
  readonly asked: number;
  /** Where its wave stands, in words. */
  readonly wave: string;
}

/** What a rollout's canaries show against the devices without its package. */
export interface RolloutAnalysis extends WaveAnalysisView {
  readonly rolloutId: RolloutId;
}

/** One look at a target. Figures of a cohort come from merged sketches, not from means of means. */
export function takeSample(
  views: readonly DeviceView[],
  atMs: number,
  newestFirst: readonly RolloutSummary[] = [],
  alerts: readonly AlertView[] = [],
): MonitorSample {
  const devices = views.map(sampleDevice);
  const watched = new Set<string>(views.map(({ deviceId }) => deviceId));
  const rollouts = newestFirst.filter(({ members }) => members.some(({ deviceId }) => watched.has(deviceId)));
  return {
    atMs,
    devices,
    cohorts: groupByPackage(views).map(sampleCohort),
    analysis: analysisOf(rollouts[0]),
    rollouts: rollouts.filter(isOpen).map(progressOf),
    alerts: alerts.filter(isUnknown),
  };
}

function progressOf(rollout: RolloutSummary): RolloutProgress {
  const { asked, confirmed } = outcomeOf(rollout);
  return {
    rolloutId: rollout.rolloutId,
    digest: rollout.package?.digest ?? null,
    title: rolloutTitle(rollout),
    done: confirmed,
    asked,
    wave: waveLine(rollout),
  };
}

function analysisOf(newest: RolloutSummary | undefined): RolloutAnalysis | null {
  return newest?.analysis === undefined ? null : { rolloutId: newest.rolloutId, ...newest.analysis };
}

function sampleDevice(view: DeviceView): DeviceSample {
  const { health } = view;
  const thresholds = health?.thresholds ?? null;
  return {
    deviceId: view.deviceId,
    package: runningPackage(view),
    online: view.online,
    silentMs: view.silentMs,
    faults: view.faults,
    breaches: health?.breaches ?? [],
    ...performanceOf(health === null ? [] : [health.window]),
    latencyUsLimit: thresholds?.latencyUs?.value ?? null,
    energyMw: health?.window.energyMw ?? null,
    energyMwLimit: thresholds?.energyMw?.value ?? null,
    temperatureC: health?.window.temperatureC ?? null,
    temperatureCMin: thresholds?.temperatureMinC ?? null,
    temperatureCMax: thresholds?.temperatureMaxC ?? null,
    memoryRatio: health?.window.memoryRatio ?? null,
    system: sampleSystem(view),
  };
}

function sampleSystem({ health, reported }: DeviceView): SystemSample | null {
  if (health === null) return null;
  const { cpuRatio, load1, memoryTotalBytes, memoryUsedBytes, agentRssBytes, uptimeSeconds } = health.system;
  return {
    cpuRatio,
    load1,
    memoryUsedRatio: memoryUsedRatio(memoryTotalBytes, memoryUsedBytes),
    memoryTotalBytes,
    agentRssBytes,
    diskFreeBytes: reported?.storage.freeBytes ?? null,
    uptimeSeconds,
  };
}

function performanceOf(windows: readonly WindowFigures[]): Performance {
  const latencyUs = mergeSketches(windows.map((window) => window.latencyUs));
  const inferences = windows.reduce((total, window) => total + window.inferences, 0);
  const errors = windows.reduce((total, window) => total + window.errors, 0);
  return {
    inferences,
    errors,
    errorRatio: inferences === 0 ? null : errors / inferences,
    latencyUsP50: quantile(latencyUs, 0.5),
    latencyUsP99: quantile(latencyUs, 0.99),
    latencyUsMean: mean(latencyUs),
  };
}

function groupByPackage(views: readonly DeviceView[]): DeviceView[][] {
  const groups = new Map<string | null, DeviceView[]>();
  for (const view of views) {
    const digest = runningPackage(view)?.digest ?? null;
    groups.set(digest, [...(groups.get(digest) ?? []), view]);
  }
  return [...groups.values()];
}

function sampleCohort(views: readonly DeviceView[]): CohortSample {
  const health = views.map((view) => view.health).filter((message) => message !== null);
  const limits = health.map(({ thresholds }) => thresholds?.latencyUs?.value).filter((value) => value !== undefined);
  return {
    package: views[0] === undefined ? null : runningPackage(views[0]),
    devices: views.length,
    ...performanceOf(health.map(({ window }) => window)),
    latencyUsLimit: limits.length === 0 ? null : Math.min(...limits),
  };
}

function runningPackage({ reported }: DeviceView): PackageIdentity | null {
  if (reported === null || reported.running === null) return null;
  const { digest, name, version } = reported.running;
  return { digest, name, version };
}
