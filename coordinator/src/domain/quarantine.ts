import type { DeviceEvent, DeviceId, PackageIdentity, RolloutId } from '@liquid-lln/protocol';

/** A device that left a package by itself, for what it did there. */
export interface QuarantineEvidence {
  readonly deviceId: DeviceId;
  readonly rolloutId: RolloutId | null;
  /** The metric that fired, or the cause. */
  readonly code: string;
  readonly detail: string;
  readonly atMs: number;
}

/** Why nobody gets a package any more without an override: the fleet's own memory, beside that of each device. */
export interface Quarantine {
  readonly sinceMs: number;
  /** The newest of each device, the oldest first. */
  readonly evidence: readonly QuarantineEvidence[];
}

const evidenceMax = 16;

/**
 * The package after an event that speaks against it, or null if it does not: a package is quarantined when a device left
 * it for its health, not when somebody took it back.
 */
export function noteRevert<P extends { readonly identity: PackageIdentity; readonly quarantine: Quarantine | null }>(
  record: P,
  { deviceId, body, atMs }: DeviceEvent,
): P | null {
  if (body.kind !== 'reverted' || body.package.digest !== record.identity.digest) return null;
  if (body.cause !== 'policy' && body.cause !== 'crash') return null;
  const { rolloutId, cause, breach, detail } = body;
  const evidence = { deviceId, rolloutId, code: breach?.metric ?? cause, detail, atMs };
  const others = record.quarantine?.evidence.filter((each) => each.deviceId !== deviceId) ?? [];
  const sinceMs = record.quarantine?.sinceMs ?? atMs;
  return { ...record, quarantine: { sinceMs, evidence: [...others, evidence].slice(-evidenceMax) } };
}

/** `2 devices left it: gw-1, latency, ...` */
export function describeQuarantine({ evidence }: Quarantine): string {
  const last = evidence.at(-1);
  const devices = `${evidence.length} device${evidence.length === 1 ? '' : 's'} left it`;
  return last === undefined ? devices : `${devices}: ${last.deviceId}, ${last.code}, ${last.detail}`.slice(0, 500);
}
