import {
  type Checklist,
  type Digest,
  heartbeatsMissedMax,
  type PackageIdentity,
  type Target,
} from '@liquid-lln/protocol';
import { policyOf } from '../../domain/alerting/device-sight.js';
import { checkAll } from '../../domain/checklist/checklist.js';
import type { ChecklistDevice, ChecklistFacts, PlacedVerification } from '../../domain/checklist/facts.js';
import { gatedDevices } from '../../domain/checklist/gate.js';
import { liveDesireOf } from '../../domain/device-desire.js';
import { noPackageFault } from '../../domain/device-faults.js';
import type { FleetDevice } from '../../domain/fleet-view.js';
import { viewIsolation } from '../../domain/isolation.js';
import { measuredTargetOf } from '../../domain/measured-target.js';
import { packageOf, type Rollout } from '../../domain/rollout.js';
import { resolveTarget } from '../../domain/target-resolution.js';
import type { FleetChange } from '../../ports/fleet-store.js';
import { cursorKey, type FleetState } from '../fleet-state.js';
import type { Presence } from '../presence.js';
import { viewFaults, viewFleet } from '../views.js';
import type { Handler, OperatorComponents } from './operator-context.js';
import { findArchived } from './rollout-lookup.js';

type Sight = Pick<OperatorComponents, 'presence' | 'clock' | 'alerting'>;

/** The whole checklist of a package and a target, as it stands now. */
export const showChecklist: Handler<'checklist'> = async ({ target, package: identity }, _, components) => {
  const { ledger, checklist: policy, presence } = components;
  const meant = resolveTarget(measuredTargetOf(target).target, viewFleet(ledger.state, presence)).devices;
  const gated = gatedDevices(meant);
  const devices = gated.length === 0 ? meant : gated;
  const facts = gatherFacts(ledger.state, { package: identity, target, devices }, components);
  const checklist: Checklist = {
    package: facts.package,
    target: target.name,
    atMs: facts.nowMs,
    items: checkAll(facts, policy),
  };
  return { of: 'checklist', checklist };
};

/** Kept with the rollout: the file is the operator's. */
export const noteReport: Handler<'report-written'> = async ({ rolloutId, file }, { actor }, components) => {
  const { ledger, clock } = components;
  const atMs = clock.wallMs();
  // No checklist asks an archived rollout for its report any more.
  await findArchived(rolloutId, components);
  await ledger.change((state) => {
    const rollout = state.rollouts.get(rolloutId);
    const entry = { atMs, actor, action: 'report-written', subject: rolloutId, reason: null, detail: file };
    const reported = { by: actor, file, atMs };
    const changes: FleetChange[] = [{ kind: 'add-audit', entry }];
    if (rollout !== undefined) changes.push({ kind: 'put-rollout', rollout: { ...rollout, reported } });
    return { changes, result: null };
  });
  return { of: 'report-written' };
};

/** Everything that the checklist looks at, as values. */
export function gatherFacts(
  state: FleetState,
  asked: { readonly package: PackageIdentity; readonly target: Target; readonly devices: readonly FleetDevice[] },
  sight: Sight,
): ChecklistFacts {
  const { digest } = asked.package;
  return {
    package: state.packages.get(digest)?.identity ?? asked.package,
    isRegistered: state.packages.has(digest),
    target: asked.target,
    devices: asked.devices.map((device) => describeDevice(device, state, sight)),
    verifications: placeVerifications(state, digest),
    fleet: [...state.devices.values()].map(({ reported }) => ({
      kind: reported.kind,
      environment: reported.environment,
      digest: reported.running?.digest ?? null,
    })),
    registered: new Set(state.packages.keys()),
    rollout: findLive(state, digest, asked.devices),
    alerting: state.alerting,
    alertingPolicy: sight.alerting,
    nowMs: sight.clock.wallMs(),
  };
}

/** Of the health message its head is enough: a production fleet is thousands of them. */
function describeDevice(device: FleetDevice, state: FleetState, { presence }: Sight): ChecklistDevice {
  const { deviceId, kind, environment, reported, isOnline, silentMs } = device;
  const health = presence.healthOf(deviceId)?.head ?? null;
  const { heartbeatSeconds } = policyOf(liveDesireOf(device, state.documents));
  const { running, epoch } = reported;
  const threshold = state.thresholds.get(deviceId);
  const cursor = state.cursors.get(cursorKey(deviceId, epoch));
  return {
    deviceId,
    kind,
    environment,
    running,
    faults: faultsOf(device, state, presence),
    isWatched: isOnline && health !== null && silentMs <= heartbeatsMissedMax * heartbeatSeconds * 1_000,
    thresholdOrigin: health?.thresholds?.latencyUs?.origin ?? null,
    hasEventGap: (cursor?.beyond.length ?? 0) > 0,
    adopted: threshold === undefined ? null : { digest: threshold.digest, atMs: threshold.atMs },
  };
}

/** A device that was never given a package is none the worse for it. */
function faultsOf(device: FleetDevice, state: FleetState, presence: Presence): string[] {
  const { desired, faults } = viewFaults(device, state, presence);
  const isolation = viewIsolation(device, state.isolations);
  const own = desired === null ? faults.filter((fault) => fault !== noPackageFault) : faults;
  return isolation.isolated ? [...own, `isolated: ${isolation.told?.reason ?? ''}`] : own;
}

/** Devices that have left the fleet say nothing of it any more. */
function placeVerifications({ verifications, devices }: FleetState, digest: Digest): PlacedVerification[] {
  return [...verifications.values()]
    .filter((record) => record.package.digest === digest)
    .flatMap((record) => {
      const device = devices.get(record.deviceId);
      if (device === undefined) return [];
      const { kind, environment } = device.reported;
      return [{ record, kind, environment }];
    });
}

/** The newest rollout that made this package live on a device of the target, or is to. */
function findLive({ rollouts }: FleetState, digest: Digest, devices: readonly FleetDevice[]): Rollout | null {
  const ids = new Set(devices.map(({ deviceId }) => deviceId));
  const brings = (rollout: Rollout) =>
    (rollout.kind === 'deploy' || rollout.kind === 'switch') && packageOf(rollout)?.digest === digest;
  return (
    [...rollouts.values()]
      .sort((a, b) => a.createdMs - b.createdMs)
      .findLast((rollout) => brings(rollout) && rollout.candidates.some(({ deviceId }) => ids.has(deviceId))) ?? null
  );
}
