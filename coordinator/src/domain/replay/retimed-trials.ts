import type { DeviceId, Digest, Policy } from '@liquid-lln/protocol';
import { sightAt, type Track, type Tracks } from './device-tracks.js';
import type { Sight } from './rollout-trace.js';

/** Tracks in which trials are confirmed when other limits would have let them. */
export interface RetimedTrials {
  readonly tracks: Tracks;
  /** Devices that would still have been on trial when the record ends. */
  readonly open: readonly DeviceId[];
}

/** The trials of a package, and the limits under which they were watched and are to be. */
export interface TrialLimits {
  readonly digest: Digest;
  readonly before: Pick<Policy, 'soakSeconds' | 'evidenceInferencesMin'>;
  readonly after: Pick<Policy, 'soakSeconds' | 'evidenceInferencesMin'>;
  /** When the record ends. */
  readonly endMs: number;
}

/**
 * A device confirms when its soak is over and it has the evidence. Whatever else held a confirmation up (an alert, a figure
 * that was missing) is taken to have held it up for as long under the other limits; between two reports the evidence of a
 * trial is taken to have grown evenly.
 */
export function retimeTrials(tracks: Tracks, limits: TrialLimits): RetimedTrials {
  const { before, after } = limits;
  if (before.soakSeconds === after.soakSeconds && before.evidenceInferencesMin === after.evidenceInferencesMin)
    return { tracks, open: [] };
  const retimed = new Map<DeviceId, Track>();
  const open: DeviceId[] = [];
  for (const [deviceId, track] of tracks) {
    const trial = trialOf(track, limits);
    const confirmedMs = trial === null ? null : confirmationMs(trial, limits);
    retimed.set(deviceId, trial === null ? track : confirmAt(track, trial, confirmedMs, limits.digest));
    if (trial !== null && confirmedMs === null && trial.leftMs === null) open.push(deviceId);
  }
  return { tracks: retimed, open };
}

/** The trial of a package on one device, as it was seen. */
interface Trial {
  readonly begunMs: number;
  readonly confirmedMs: number | null;
  /** When the device was seen without the package again. */
  readonly leftMs: number | null;
  /** Clean inferences by then, in the order of time. */
  readonly evidence: readonly { readonly atMs: number; readonly inferences: number }[];
}

function trialOf(track: Track, { digest, before }: TrialLimits): Trial | null {
  const begunMs = track.find(({ sight }) => isRunning(sight, digest, 'trial'))?.atMs;
  if (begunMs === undefined) return null;
  const since = track.filter(({ atMs }) => atMs >= begunMs);
  const leftMs = since.find(({ sight }) => sight.reported.running?.digest !== digest)?.atMs ?? null;
  const own = since.filter(({ atMs }) => leftMs === null || atMs < leftMs);
  const confirmedMs = own.find(({ sight }) => isRunning(sight, digest, 'confirmed'))?.atMs ?? null;
  const reported = own.flatMap(({ atMs, sight: { reported } }) =>
    reported.activity.kind === 'trial' && reported.activity.digest === digest && atMs > begunMs
      ? [{ atMs, inferences: reported.activity.evidence }]
      : [],
  );
  const last = Math.max(before.evidenceInferencesMin, reported.at(-1)?.inferences ?? 0);
  const confirmed = confirmedMs === null ? [] : [{ atMs: confirmedMs, inferences: last }];
  return { begunMs, confirmedMs, leftMs, evidence: [{ atMs: begunMs, inferences: 0 }, ...reported, ...confirmed] };
}

function isRunning({ reported: { running } }: Sight, digest: Digest, state: 'trial' | 'confirmed'): boolean {
  return running?.digest === digest && running.state === state;
}

/** When it would have been confirmed; null if not before it was left, or not before the record ends. */
function confirmationMs(trial: Trial, { before, after, endMs }: TrialLimits): number | null {
  const wasDueMs = dueMs(trial, before);
  const heldMs = trial.confirmedMs === null || wasDueMs === null ? 0 : Math.max(0, trial.confirmedMs - wasDueMs);
  const isDueMs = dueMs(trial, after);
  if (isDueMs === null) return null;
  const atMs = isDueMs + heldMs;
  return atMs <= endMs && (trial.leftMs === null || atMs < trial.leftMs) ? atMs : null;
}

/** When soak and evidence are there; null if the evidence never was while it was counted. */
function dueMs(
  { begunMs, evidence }: Trial,
  { soakSeconds, evidenceInferencesMin }: TrialLimits['after'],
): number | null {
  const place = evidence.findIndex(({ inferences }) => inferences >= evidenceInferencesMin);
  const [before, enough] = [evidence[place - 1], evidence[place]];
  if (enough === undefined) return null;
  const grown = before === undefined ? 0 : enough.inferences - before.inferences;
  const share = before === undefined || grown === 0 ? 1 : (evidenceInferencesMin - before.inferences) / grown;
  const evidenceMs = before === undefined ? enough.atMs : before.atMs + share * (enough.atMs - before.atMs);
  return Math.ceil(Math.max(begunMs + soakSeconds * 1_000, evidenceMs));
}

/** The track with its trial confirmed at another moment, or not at all. */
function confirmAt(track: Track, { begunMs, leftMs }: Trial, confirmedMs: number | null, digest: Digest): Track {
  const isOfTrial = (atMs: number) => atMs >= begunMs && (leftMs === null || atMs < leftMs);
  const seen = confirmedMs === null ? null : sightAt(track, confirmedMs);
  const whole =
    seen === null || confirmedMs === null ? track : [...track, { atMs: confirmedMs, place: -1, sight: seen }];
  return [...whole]
    .sort((a, b) => a.atMs - b.atMs)
    .map(({ atMs, place, sight }) => {
      const { running } = sight.reported;
      if (running?.digest !== digest || !isOfTrial(atMs)) return { atMs, place, sight };
      const state = confirmedMs !== null && atMs >= confirmedMs ? ('confirmed' as const) : ('trial' as const);
      return { atMs, place, sight: { ...sight, reported: { ...sight.reported, running: { ...running, state } } } };
    });
}
