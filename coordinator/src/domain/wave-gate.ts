import type { DeviceId, MemberProgress } from '@liquid-lln/protocol';
import { describeDevices } from './name-devices.js';
import type { MemberObservation, WaveReport } from './rollout.js';

export interface ObservedMember extends MemberObservation {
  readonly deviceId: DeviceId;
}

/** Devices that a sentence names before it only counts the rest. */
const namedMax = 3;

/**
 * The verdict over a wave, from every device assigned to it so far. It passes only if all of them confirmed, but for as
 * many as may fail or stay silent. A device that nothing is known of counts against it (`error`: could not measure), as
 * do no devices at all, and none that confirmed.
 */
export function judgeWave(assigned: readonly ObservedMember[], failuresMax = 0): WaveReport {
  if (assigned.length === 0)
    return { verdict: 'inconclusive', waitingFor: 'the wave has no devices: an empty wave never passes' };
  const failed = assigned.filter((member) => isFailed(member.progress));
  if (failed.length > failuresMax || (failed.length > 0 && failed.length === assigned.length))
    return { verdict: 'failed', waitingFor: name(failed, describeFailure) };
  const open = assigned.filter(({ progress }) => !isDone(progress) && !isFailed(progress));
  const unknown = open.filter((member) => member.progress === 'unknown');
  const missing = failed.length + unknown.length;
  const done = assigned.length - failed.length - open.length;
  const isCovered = done > 0 && missing <= failuresMax;
  if (open.length === 0 || (open.length === unknown.length && isCovered))
    return { verdict: 'successful', waitingFor: describeBudget(missing, failuresMax) };
  const word = assigned.find(({ progress }) => isDone(progress))?.progress ?? 'confirmed';
  const confirmed = `${done} of ${assigned.length} ${word}`;
  if (unknown.length > 0 && !isCovered)
    return { verdict: 'error', waitingFor: `${confirmed}; nothing is known of ${name(unknown, describeWait)}` };
  return { verdict: 'inconclusive', waitingFor: `${confirmed}; waits for ${name(open, describeWait)}` };
}

/** Whether a device has what was asked for: of these no wave waits for anything. */
export function isDone(progress: MemberProgress): boolean {
  return progress === 'confirmed' || progress === 'ready' || progress === 'freed';
}

function describeBudget(missing: number, failuresMax: number): string {
  return missing === 0 ? '' : `${missing} failed or silent, of ${failuresMax} that may be`;
}

export function isFailed(progress: MemberProgress): progress is 'reverted' | 'refused' {
  return progress === 'reverted' || progress === 'refused';
}

function describeFailure(member: ObservedMember): string {
  const { outcome } = member;
  const why = outcome === null ? '' : `: ${[outcome.code, outcome.detail].filter((part) => part !== '').join(', ')}`;
  return `${member.deviceId} ${member.progress}${why}`;
}

function describeWait(member: ObservedMember): string {
  return `${member.deviceId} (${member.progress}: ${member.waitingFor})`;
}

function name(members: readonly ObservedMember[], describe: (member: ObservedMember) => string): string {
  return describeDevices(members, describe, { separator: '; ', max: namedMax }).slice(0, 450);
}
