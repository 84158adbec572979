import type { DeviceId } from '@liquid-lln/protocol';
import type { PlannedDevice } from '../fleet-view.js';
import { type Sight, type TraceLook, withChange } from './rollout-trace.js';

/** What one look saw of a device. */
export interface Seen {
  readonly atMs: number;
  /** Which look: several may fall into one millisecond. */
  readonly place: number;
  readonly sight: Sight;
}

/** What was seen of one device, in the order of time. */
export type Track = readonly Seen[];

export type Tracks = ReadonlyMap<DeviceId, Track>;

/** Of every device of a trace. */
export function tracksOf(looks: readonly TraceLook[]): Tracks {
  const tracks = new Map<DeviceId, Seen[]>();
  for (const [place, { atMs, met = [], seen = [] }] of looks.entries()) {
    for (const sight of met) {
      const track = tracks.get(sight.deviceId) ?? [];
      track.push({ atMs, place, sight });
      tracks.set(sight.deviceId, track);
    }
    for (const change of seen) {
      const track = tracks.get(change.deviceId);
      const last = track?.at(-1);
      if (track !== undefined && last !== undefined) track.push({ atMs, place, sight: withChange(last.sight, change) });
    }
  }
  return tracks;
}

/** What was known of a device at a moment, by that look of it; null before it was seen. */
export function sightAt(track: Track, atMs: number, place = Infinity): Sight | null {
  let [low, high] = [0, track.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((track[middle]?.atMs ?? Infinity) <= atMs) low = middle + 1;
    else high = middle;
  }
  while ((track[low - 1]?.place ?? -1) > place) low -= 1;
  return track[low - 1]?.sight ?? null;
}

/** A sight as plans take it, at a moment of the clock that it was seen by. Written out: every plan makes one of each device. */
export function deviceAt(
  { deviceId, kind, site, environment, admission, isOnline, silentSinceMs, reported }: Sight,
  atMs: number,
): PlannedDevice {
  const silentMs = silentSinceMs === null ? 0 : Math.max(0, atMs - silentSinceMs);
  return { deviceId, kind, site, environment, admission, isOnline, silentMs, reported };
}
