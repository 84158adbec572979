import type { DeviceEvent } from '@liquid-lln/protocol';
import { type MemberFailure, memberGeneration, packageOf, type Rollout } from './rollout.js';

/**
 * The rollout after an event that says how it failed on a device, or null if the event says nothing about it. Events
 * are kept by devices until they are stored, so a failure is learned even if the state that showed it was never seen.
 */
export function takeFailure(rollout: Rollout, event: DeviceEvent): Rollout | null {
  const failure = failureOf(event);
  if (failure === null || failure.rolloutId !== rollout.rolloutId) return null;
  const member = rollout.members.find(({ deviceId }) => deviceId === event.deviceId);
  if (member === undefined || member.failure !== null || member.final !== null) return null;
  const generation = memberGeneration(rollout, member);
  const { outcome } = failure.failure;
  if (generation === null || outcome.generation < generation) return null;
  const digest = packageOf(rollout)?.digest ?? null;
  if (digest !== null && outcome.digest !== null && outcome.digest !== digest) return null;
  const members = rollout.members.map((each) => (each === member ? { ...each, failure: failure.failure } : each));
  return { ...rollout, members };
}

/** A revert that an instruction asked for is no failure, nor is a drill's. */
function failureOf({ body, atMs }: DeviceEvent): { rolloutId: string | null; failure: MemberFailure } | null {
  if (body.kind === 'reverted' && body.cause !== 'instruction' && body.cause !== 'drill') {
    const code = (body.breach?.metric ?? body.cause).slice(0, 64);
    const { generation, detail, rolloutId } = body;
    const outcome = { generation, digest: body.package.digest, result: 'reverted' as const, code, detail, atMs };
    return { rolloutId, failure: { progress: 'reverted', outcome } };
  }
  if (body.kind === 'refused') {
    const { generation, code, detail, rolloutId } = body;
    const digest = body.package?.digest ?? null;
    const outcome = { generation, digest, result: 'refused' as const, code, detail, atMs };
    return { rolloutId, failure: { progress: 'refused', outcome } };
  }
  return null;
}
