import {
  type Digest,
  defaultPolicy,
  LlnError,
  type OperatorRequest,
  type SlotName,
  type VerificationRecord,
} from '@liquid-lln/protocol';
import type { FleetDevice } from './fleet-view.js';
import { isStaged } from './member-observation.js';
import { nameDevices } from './name-devices.js';
import { describeQuarantine } from './quarantine.js';
import type { Rollout, RolloutInstruction } from './rollout.js';
import {
  continueDeployment,
  createRollout,
  needsUsualApproval,
  type Offer,
  type RequestSituation,
  refuseConflict,
  usualWavesOf,
  wavesOr,
} from './rollout-request.js';
import { findSwitchFaults, findUnverified, isSwitched } from './switch-gate.js';
import type { SlotTarget } from './target-resolution.js';

export type SwitchRequest = Extract<OperatorRequest, { kind: 'switch' }>;
export type DecommissionRequest = Extract<OperatorRequest, { kind: 'decommission' }>;

/** A request about one slot of every device of an environment. */
export interface SlotSituation extends RequestSituation {
  readonly target: SlotTarget;
}

/** A switch is also decided by what `verify` found. */
export interface SwitchSituation extends SlotSituation {
  readonly verifications: Iterable<VerificationRecord>;
}

const usualBatchSize = 8;

/**
 * What a switch becomes: the staged package goes live, on trial, in the environment's waves, under the limits that it
 * was staged with; the slot before keeps its package.
 * @param from the slot that is to be left
 * @param offerOf a registered package
 * @throws LlnError USAGE, SLOT_NOT_STAGED, SLOT_LIVE or REFUSED_BY_GATE naming the devices, ROLLOUT_CONFLICT
 */
export function decideSwitch(
  request: SwitchRequest,
  from: SlotTarget,
  offerOf: (digest: Digest) => Offer,
  situation: SwitchSituation,
): Rollout {
  const { target } = situation;
  if (from.environment !== target.environment || from.slot === target.slot)
    throw new LlnError('USAGE', `${from.label} and ${target.label} are not the two slots of one environment`);
  const offer = offerOf(stagedDigest(target));
  refuseUnready(target, offer);
  refuseQuarantined(offer, stagingOf(situation, offer));
  const percents = wavesOr(usualWavesOf(situation), request.waves);
  const running = continueDeployment('switch', percents, offer, situation);
  if (running !== null) return running;
  refuseConflict(situation);
  refuseUnverified(request, offer, situation);
  const instruction: RolloutInstruction = {
    kind: 'deploy',
    package: offer.reference,
    ...termsOf(situation, offer),
    override: null,
    stagedIn: target.slot,
    ...(request.asUnit === true ? { asUnit: true } : {}),
  };
  const { bakeSeconds } = request;
  const needsApproval = needsUsualApproval(situation);
  const planned = createRollout(
    { kind: 'switch', instruction, onTrip: 'roll-back', limits: {}, percents, needsApproval },
    situation,
  );
  const deadlineMs = planned.createdMs + 1_000 * request.decommissionWithinSeconds;
  return { ...planned, deadlineMs, ...(bakeSeconds > 0 ? { bakeSeconds } : {}) };
}

/** What the slot holds on the devices that have not switched yet: one package, or there is nothing to switch to. */
function stagedDigest({ devices, slot, label }: SlotTarget): Digest {
  const open = devices.filter((device) => !isSwitched(device, slot, null));
  if (open.length === 0) throw new LlnError('SLOT_LIVE', `${label} serves already on all of its devices`);
  const byDigest = new Map<Digest, string[]>();
  for (const { deviceId, reported } of open) {
    const { package: content } = reported.slots[slot];
    if (content === null || !isStaged(reported, content, slot)) continue;
    byDigest.set(content.digest, [...(byDigest.get(content.digest) ?? []), deviceId]);
  }
  const [only, ...others] = byDigest.keys();
  if (only !== undefined && others.length === 0) return only;
  const held = [...byDigest].map(([digest, ids]) => `${digest.slice(0, 12)} on ${nameDevices(ids)}`).join('; ');
  const what = only === undefined ? 'holds no staged package' : `does not hold one and the same package: ${held}`;
  throw new LlnError('SLOT_NOT_STAGED', `${label} ${what}`, { target: label });
}

/** One device that is not ready keeps all of them from the switch: half a switch is none. */
function refuseUnready({ devices, slot, label }: SlotTarget, { reference }: Offer): void {
  const faults = devices.flatMap((device) => findSwitchFaults(device, slot, reference.digest));
  const [first] = faults;
  if (first === undefined) return;
  const clauses = faults.map(({ deviceId, reason }) => `${deviceId} ${reason}`);
  throw new LlnError(first.code, `not switched to ${label}: ${nameDevices(clauses, { separator: '; ' })}`, {
    devices: faults.map(({ deviceId }) => deviceId).join(', '),
  });
}

/** What nobody has verified is not switched to, unless somebody says why it has to be. */
function refuseUnverified({ force, reason }: SwitchRequest, { reference }: Offer, situation: SwitchSituation): void {
  if (force === true) {
    if (reason === null) throw new LlnError('USAGE', 'a forced switch needs a reason: say why it is not verified');
    return;
  }
  const { devices, slot, label } = situation.target;
  const unverified = findUnverified(devices, slot, reference.digest, situation.verifications);
  if (unverified.length === 0) return;
  const clauses = unverified.map(({ deviceId, reason: why }) => `${deviceId} ${why}`);
  const what = `not switched to ${label}: ${nameDevices(clauses, { separator: '; ' })}`;
  const next = `liquid-lln verify --target ${label} --test-suite production`;
  throw new LlnError('REFUSED_BY_GATE', `${what}; run \`${next}\` first`, {
    devices: unverified.map(({ deviceId }) => deviceId).join(', '),
  });
}

/** The limits and the transfer under which the package was staged last. */
function termsOf(situation: SlotSituation, offer: Offer) {
  const staging = stagingOf(situation, offer);
  return { policy: staging?.policy ?? defaultPolicy, batchSize: staging?.batchSize ?? usualBatchSize };
}

/** A package that another device left since it was staged is not switched to, unless it was staged against that. */
function refuseQuarantined({ quarantine }: Offer, staging: Staging | undefined): void {
  if (quarantine === null || typeof staging?.override === 'string') return;
  throw new LlnError('PACKAGE_QUARANTINED', `the package is quarantined: ${describeQuarantine(quarantine)}`);
}

type Staging = Extract<RolloutInstruction, { kind: 'stage' }>;

/** How the package was staged in the slot last. */
function stagingOf({ rollouts, target }: SlotSituation, { reference }: Offer): Staging | undefined {
  return rollouts
    .flatMap(({ instruction, target: label, createdMs }) =>
      instruction.kind === 'stage' && label === target.label && instruction.package.digest === reference.digest
        ? [{ instruction, createdMs }]
        : [],
    )
    .sort((a, b) => a.createdMs - b.createdMs)
    .at(-1)?.instruction;
}

/**
 * What a decommission becomes: the slot is emptied on every device, all at once.
 * @throws LlnError SLOT_LIVE, SLOT_NEEDED naming the devices, ROLLOUT_CONFLICT
 */
export function decideDecommission(request: DecommissionRequest, situation: SlotSituation): Rollout {
  const { target, origin } = situation;
  refuseConflict(situation);
  refuseNeeded(target);
  const reason = request.reason ?? `decommissioned by ${origin.actor}`;
  const instruction: RolloutInstruction = { kind: 'free', slot: target.slot, digest: null, reason };
  const told = { ...situation, target: { ...target, scope: { kind: 'devices' as const } } };
  return createRollout(
    { kind: 'decommission', instruction, onTrip: 'halt-only', limits: {}, percents: [100], needsApproval: false },
    told,
  );
}

/** The slot must neither serve nor be all that a device can go back to from a package that is not confirmed. */
function refuseNeeded({ devices, slot, label }: SlotTarget): void {
  refuse('SLOT_LIVE', 'it serves on', ({ reported }) => reported.running?.slot === slot);
  refuse(
    'SLOT_NEEDED',
    `${other(slot)} is not confirmed on`,
    ({ reported }) => reported.running?.state !== 'confirmed',
  );

  function refuse(code: 'SLOT_LIVE' | 'SLOT_NEEDED', why: string, isSo: (device: FleetDevice) => boolean): void {
    const ids = devices.filter(isSo).map(({ deviceId }) => deviceId);
    if (ids.length === 0) return;
    throw new LlnError(code, `${label} is not freed: ${why} ${nameDevices(ids)}`, { devices: ids.join(', ') });
  }
}

function other(slot: SlotName): SlotName {
  return slot === 'blue' ? 'green' : 'blue';
}
