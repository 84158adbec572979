import {
  type Check,
  type DeviceId,
  type Digest,
  type HealthMessage,
  hasPassed,
  type MeasurementResult,
  type PackageIdentity,
  type ReportedState,
  type Suite,
  type VerificationRecord,
  type VerifyFindings,
} from '@liquid-lln/protocol';

/** What the coordinator knows beside what the device says. */
export interface KnownOfDevice {
  /** What it is meant to run; null where nothing is. */
  readonly desired: PackageIdentity | null;
  /** The health that it told last. */
  readonly health: HealthMessage | null;
  /** Whether the slot that was looked at serves. */
  readonly isLive: boolean;
  /** What it reported last; null of a device that the fleet does not have. */
  readonly reported: ReportedState | null;
  /** All its events up to this number are stored. */
  readonly eventsUpTo: number;
}

/** A verification with what only the coordinator can tell: the right version, and whether telemetry has arrived. */
export function completeVerification(result: MeasurementResult, known: KnownOfDevice): MeasurementResult {
  const { findings } = result;
  if (findings.kind !== 'verify') return result;
  const checks = findings.checks.map((check) => {
    if (check.state !== 'passed') return check;
    if (check.name === 'telemetry') return checkTelemetry(check, findings, result, known);
    return check.name === 'drill' ? checkDrill(check, findings, known) : check;
  });
  return { ...result, findings: { ...findings, checks: [checkVersion(result, known), ...checks] } };
}

/** What is kept of a verification, for those who ask later whether it was made. Null of anything else. */
export function recordOf(
  deviceId: DeviceId,
  result: MeasurementResult,
  { target, atMs, actor }: { readonly target: string; readonly atMs: number; readonly actor: string },
): VerificationRecord | null {
  const { findings, package: identity, slot } = result;
  if (findings.kind !== 'verify') return null;
  const { suite, checks, drill } = findings;
  const drilled = drill === undefined ? {} : { drill };
  return {
    deviceId,
    package: identity,
    slot,
    suite,
    target,
    isPassed: hasPassed(checks),
    checks,
    ...drilled,
    atMs,
    actor,
  };
}

/** A newer one takes the place of an older one: the last counts. */
export function verificationKey({
  deviceId,
  package: { digest },
  suite,
}: {
  readonly deviceId: DeviceId;
  readonly package: { readonly digest: Digest };
  readonly suite: Suite;
}): string {
  return `${deviceId}/${digest}/${suite}`;
}

function checkVersion(
  { package: { name, version, digest }, slot, state }: MeasurementResult,
  known: KnownOfDevice,
): Check {
  const check = { name: 'version', seconds: 0 } as const;
  const found = `${name}@${version}`;
  if (!known.isLive)
    return { ...check, state: 'skipped', detail: `${slot} holds ${found}, ${state}; it serves nobody yet` };
  const { desired } = known;
  if (desired === null) return { ...check, state: 'skipped', detail: `${found} serves; nothing is wanted of it` };
  if (desired.digest === digest) return { ...check, state: 'passed', detail: `${found}, as wanted` };
  return { ...check, state: 'failed', detail: `${found} serves, ${desired.name}@${desired.version} is wanted` };
}

/** The device says which message it sent: that one, or a newer one, must be here and be about the package. */
function checkTelemetry(
  check: Check,
  { telemetry }: VerifyFindings,
  { package: { digest } }: MeasurementResult,
  { health }: KnownOfDevice,
): Check {
  if (telemetry === null) return { ...check, state: 'failed', detail: 'the device could not send its health' };
  const hasArrived = health !== null && health.epoch === telemetry.epoch && health.sequence >= telemetry.sequence;
  if (!hasArrived) return { ...check, state: 'failed', detail: 'its health message did not reach the coordinator' };
  if (health.digest !== digest)
    return { ...check, state: 'failed', detail: 'its health message is about another package' };
  if (health.window.inferences === 0)
    return { ...check, state: 'failed', detail: 'its health message counts no inference' };
  return {
    ...check,
    detail: `health message ${health.sequence} arrived, ${health.window.inferences} inferences in it`,
  };
}

/** What the device says of its drill, against what it reported and against the history that the coordinator has. */
function checkDrill(check: Check, { drill }: VerifyFindings, { reported, eventsUpTo }: KnownOfDevice): Check {
  const failed = (detail: string): Check => ({ ...check, state: 'failed', detail });
  if (drill === undefined) return failed('the device says nothing of its drill');
  const { served, told } = drill;
  const running = reported?.running ?? null;
  if (reported?.epoch !== told.epoch || eventsUpTo < told.eventSequence)
    return failed('the events of its trial and its return did not reach the coordinator');
  if (running?.digest !== served.digest || running.state !== 'confirmed')
    return failed(`it does not report ${served.name}@${served.version} as confirmed afterwards`);
  return check;
}
