import { type DeviceId, type Generation, generationSchema, parseWith } from '@liquid-lln/protocol';
import type { PlannedDevice, PlannedFleet, PlannedReport } from '../fleet-view.js';
import { type Member, memberGeneration, memberToldMs, type Rollout } from '../rollout.js';
import { deviceAt, sightAt, type Track, type Tracks } from './device-tracks.js';

/** When a device was told to begin, as it was. */
export interface Told {
  readonly atMs: number;
  readonly generation: Generation;
}

/** What is taken of the record for a rollout that goes otherwise than it went. */
export interface CourseRecord {
  readonly tracks: Tracks;
  /** Of devices that were told to begin. */
  readonly told: ReadonlyMap<DeviceId, Told>;
  /** The look that was taken last: of the same moment, nothing more was seen. */
  readonly place: number;
}

const nothing = parseWith(generationSchema, 0, 'generation');

/** When each member of a rollout was told, and in which generation. */
export function toldIn(rollout: Rollout): CourseRecord['told'] {
  return new Map(
    rollout.members.flatMap((member) => {
      const [atMs, generation] = [memberToldMs(rollout, member), memberGeneration(rollout, member)];
      return atMs === null || generation === null ? [] : [[member.deviceId, { atMs, generation }] as const];
    }),
  );
}

/**
 * The fleet as it would have been: a device that is told to begin earlier or later than it was does all that it did
 * earlier or later by as much. One that never was told does not begin.
 */
export function shiftedFleet(rollout: Rollout, record: CourseRecord, atMs: number): PlannedFleet {
  const members = new Map(rollout.members.map((member) => [member.deviceId, member]));
  const fleet = new Map<DeviceId, PlannedDevice>();
  for (const [deviceId, track] of record.tracks) {
    const member = members.get(deviceId);
    const device =
      member === undefined ? seenAt(track, atMs, record.place) : memberAt(rollout, member, track, record, atMs);
    if (device !== null) fleet.set(deviceId, device);
  }
  return fleet;
}

function seenAt(track: Track, atMs: number, place: number): PlannedDevice | null {
  const sight = sightAt(track, atMs, place);
  return sight === null ? null : deviceAt(sight, atMs);
}

function memberAt(
  rollout: Rollout,
  member: Member,
  track: Track,
  { told, place }: CourseRecord,
  atMs: number,
): PlannedDevice | null {
  const was = told.get(member.deviceId);
  const shiftMs = shiftOf(rollout, member, told);
  if (was === undefined || shiftMs === null) {
    const device = seenAt(track, was === undefined ? atMs : Math.min(atMs, was.atMs - 1), place);
    return device === null ? null : { ...device, reported: renumbered(device.reported, null, nothing) };
  }
  const device = seenAt(track, atMs - shiftMs, shiftMs === 0 ? place : Infinity);
  const generation = memberGeneration(rollout, member);
  return device === null || generation === null || generation === was.generation
    ? device
    : { ...device, reported: renumbered(device.reported, was.generation, generation) };
}

/** By how much later a member is told than it was; null while it has not been, or never was. */
export function shiftOf(rollout: Rollout, member: Member, told: CourseRecord['told']): number | null {
  const was = told.get(member.deviceId);
  const toldMs = memberToldMs(rollout, member);
  return was === undefined || toldMs === null ? null : toldMs - was.atMs;
}

/** A report in the numbers of another course: what was said of an instruction is said of the one in its place. */
function renumbered(reported: PlannedReport, was: Generation | null, is: Generation): PlannedReport {
  const number = (generation: Generation) => (was !== null && generation >= was ? is : nothing);
  const { outcome } = reported;
  return {
    ...reported,
    generation: number(reported.generation),
    outcome: outcome === null ? null : { ...outcome, generation: number(outcome.generation) },
  };
}
