import {
  type Digest,
  LlnError,
  type OperatorRequest,
  type Policy,
  parseWith,
  policySchema,
} from '@liquid-lln/protocol';
import type { FleetDevice } from './fleet-view.js';
import { findMisfits, misfitError } from './package-fit.js';
import { packageOf, type Rollout } from './rollout.js';
import { createRollout, type Offer, type RequestSituation } from './rollout-request.js';

export type RollbackRequest = Extract<OperatorRequest, { kind: 'rollback' }>;

/** An emergency does not wait for a soak: one clean inference on the device shows that the package serves. */
const emergencyPolicy: Policy = parseWith(policySchema, { soakSeconds: 0, evidenceInferencesMin: 1 }, 'policy');
const emergencyBatchSize = 16;

/**
 * A rollback of the whole target at once. Devices that are offline get it when they return.
 * @throws LlnError NOTHING_TO_ROLL_BACK_TO if no device of the target has a package to go back to
 */
export function decideRollbackToPrevious(request: RollbackRequest, situation: RequestSituation): Rollout {
  const from = packagesToLeave(situation);
  const leaving = situation.target.devices.filter((device) => isOn(device, from));
  if (!leaving.some((device) => hasWayBack(device)))
    throw new LlnError(
      'NOTHING_TO_ROLL_BACK_TO',
      `no device of ${situation.target.label} has a previous package to go back to`,
      { target: situation.target.label },
    );
  const reason = request.reason ?? `rollback by ${situation.origin.actor}`;
  return createRollout(
    {
      kind: 'rollback',
      instruction: { kind: 'rollback', from, reason },
      onTrip: 'halt-only',
      limits: {},
      percents: [100],
      needsApproval: false,
    },
    situation,
  );
}

/**
 * A rollback to a registered version: a deploy to everybody at once, quarantine and soak set aside. In an emergency a
 * device that cannot run the version does not keep the others from it: it refuses by itself.
 * @throws LlnError IMAGE_ABI_UNSUPPORTED, BOARD_TOO_SMALL if no device of the target can run it
 */
export function decideRollbackToVersion(
  request: RollbackRequest,
  { reference, needs }: Offer,
  situation: RequestSituation,
): Rollout {
  const { devices } = situation.target;
  const misfits = findMisfits(devices, needs);
  if (misfits.length === devices.length) throw misfitError(misfits, devices.length, reference);
  return createRollout(
    {
      kind: 'rollback',
      instruction: {
        kind: 'deploy',
        package: reference,
        policy: emergencyPolicy,
        batchSize: emergencyBatchSize,
        override: request.reason ?? `rollback by ${situation.origin.actor}`,
      },
      onTrip: 'halt-only',
      limits: {},
      percents: [100],
      needsApproval: false,
    },
    situation,
  );
}

/**
 * What "previous" is relative to: the package of the target's latest rollout where a device has it; otherwise
 * whatever runs. So a device that never got the latest package does not lose the one before it.
 */
function packagesToLeave({ rollouts, target }: RequestSituation): Digest[] {
  const latest = rollouts
    .filter((rollout) => isLatestOf(rollout, target))
    .reduce<Rollout | null>(
      (newest, next) => (newest !== null && newest.createdMs > next.createdMs ? newest : next),
      null,
    );
  const brought = latest === null ? null : packageOf(latest);
  if (brought !== null && target.devices.some((device) => isOn(device, [brought.digest]))) return [brought.digest];
  return [
    ...new Set(target.devices.flatMap(({ reported }) => (reported.running === null ? [] : [reported.running.digest]))),
  ];
}

/** Whether a rollout brought a package to this target: by its name, or as a switch of its environment. */
function isLatestOf({ kind, scope, target: label }: Rollout, target: RequestSituation['target']): boolean {
  if (kind === 'deploy') return label === target.label;
  const isWithin = scope.kind === 'environment' && target.scope.kind === 'environment';
  return kind === 'switch' && isWithin && scope.environment === target.scope.environment;
}

/** Whether a device runs one of the packages, or is on its way to it. */
function isOn({ reported }: FleetDevice, digests: readonly Digest[]): boolean {
  if (reported.running !== null && digests.includes(reported.running.digest)) return true;
  return reported.activity.kind !== 'idle' && digests.includes(reported.activity.digest);
}

/** Whether a device keeps a confirmed package beside the one that runs; one that has not switched yet keeps its own. */
function hasWayBack({ reported }: FleetDevice): boolean {
  if (reported.running === null) return false;
  if (reported.activity.kind !== 'idle') return true;
  const other = reported.running.slot === 'blue' ? reported.slots.green : reported.slots.blue;
  return other.package !== null && other.state === 'confirmed';
}
