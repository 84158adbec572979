import { LlnError, type SlotName } from '@liquid-lln/protocol';
import type { FleetDevice } from './fleet-view.js';
import { nameDevices } from './name-devices.js';
import type { Rollout, RolloutInstruction } from './rollout.js';
import {
  continueDeployment,
  createRollout,
  type DeployRequest,
  type Offer,
  refuseUnfit,
  wavesOr,
} from './rollout-request.js';
import type { SlotSituation } from './slot-requests.js';
import type { SlotTarget } from './target-resolution.js';

/** While a package is staged a device has no older one to go back to: so it does not lie there for ever. */
const usualKeepSeconds = 24 * 3_600;

/**
 * What a deploy to one slot of an environment becomes: the package is laid into that slot of every device, verified
 * there, and left. It goes to all at once, for nothing that serves changes; so no second person has
 * to approve it, unless it is asked for. Devices are told one by one, so that the
 * wave of their environment stays in force: who joins later gets what is live.
 * @throws LlnError SLOT_LIVE if the slot serves on a device of the environment, or the package does; and whatever a
 * deploy throws
 */
export function decideStaging(request: DeployRequest, offer: Offer, situation: SlotSituation): Rollout {
  const { target } = situation;
  if (request.limits !== undefined || request.window !== undefined || request.spreadSeconds !== undefined)
    throw new LlnError('USAGE', `nothing that serves changes on ${target.label}: it takes no limits, window or spread`);
  if (request.debug === true)
    throw new LlnError('USAGE', `nothing is asked of what is staged in ${target.label}: it takes no debug logging`);
  refuseLive(target, offer);
  const percents = wavesOr([100], request.waves);
  const running = continueDeployment('stage', percents, offer, situation);
  if (running !== null) return running;
  refuseUnfit(request, offer, situation);
  const instruction: RolloutInstruction = {
    kind: 'stage',
    package: offer.reference,
    slot: target.slot,
    policy: request.policy,
    batchSize: request.batchSize,
    override: request.override,
  };
  const told = { ...situation, target: { ...target, scope: { kind: 'devices' as const } } };
  const needsApproval = request.approval === true;
  const order = { kind: 'stage', instruction, onTrip: 'halt-only', limits: {}, percents, needsApproval } as const;
  const planned = createRollout(order, told);
  return { ...planned, deadlineMs: planned.createdMs + 1_000 * (request.keepSeconds ?? usualKeepSeconds) };
}

/** Nothing is moved where the other slot would have to be taken on some devices, or the package would be no other. */
function refuseLive({ devices, slot, label }: SlotTarget, { reference }: Offer): void {
  const isInSlot = ({ reported }: FleetDevice) => liveSlotOf(reported) === slot;
  refuseDevices(devices.filter(isInSlot), (named) => `${slot} serves on ${named}: nothing was sent to ${label}`);
  const isOnIt = ({ reported }: FleetDevice) => reported.running?.digest === reference.digest;
  const { name, version } = reference;
  refuseDevices(devices.filter(isOnIt), (named) => `${name}@${version} serves already on ${named}`);
}

/** The slot that serves by a device's last report; null if none does. */
export function liveSlotOf({ running }: FleetDevice['reported']): SlotName | null {
  return running?.slot ?? null;
}

/** @throws LlnError SLOT_LIVE naming the devices, if there are any */
function refuseDevices(devices: readonly FleetDevice[], describe: (named: string) => string): void {
  if (devices.length === 0) return;
  const ids = devices.map(({ deviceId }) => deviceId);
  throw new LlnError('SLOT_LIVE', describe(nameDevices(ids)), { devices: ids.join(', ') });
}
