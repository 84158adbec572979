import { LlnError, type OperatorRequest, type RolloutSummary, shortDigest } from '@liquid-lln/protocol';
import { checkBefore } from '../../domain/checklist/checklist.js';
import { describeForce, gatedDevices, passChecklist } from '../../domain/checklist/gate.js';
import { firstWave, foresee, type WaveDevice } from '../../domain/outlook.js';
import type { PackageRecord } from '../../domain/records.js';
import {
  decideRollbackToPrevious,
  decideRollbackToVersion,
  type RollbackRequest,
} from '../../domain/rollback-request.js';
import { isOpen, type Rollout } from '../../domain/rollout.js';
import { haltRollout, supersedeRollout } from '../../domain/rollout-machine.js';
import { decideDeploy, isOverlapping, type Offer, type RequestSituation } from '../../domain/rollout-request.js';
import { decideDecommission, decideSwitch } from '../../domain/slot-requests.js';
import { decideStaging } from '../../domain/staging-request.js';
import {
  parseSlotTarget,
  type ResolvedTarget,
  resolveSlots,
  resolveTarget,
  type SlotTarget,
} from '../../domain/target-resolution.js';
import type { FleetChange } from '../../ports/fleet-store.js';
import type { Decision } from '../fleet-ledger.js';
import { type FleetState, requestKey } from '../fleet-state.js';
import { describeRollout, stopRollouts } from '../stop-rollouts.js';
import { viewFleet } from '../views.js';
import { gatherFacts } from './checklist.js';
import type { Caller, Handler, OperatorComponents, RequestOf } from './operator-context.js';
import { requireName } from './rollout-decisions.js';
import { findArchived, findRollout, showAny, summarize } from './rollout-lookup.js';

type RolloutRequest = RequestOf<'deploy' | 'rollback' | 'switch' | 'decommission'>;

interface Situation extends RequestSituation {
  readonly target: ResolvedTarget | SlotTarget;
}

/** The reply comes after the first wave is out: what it shows is on disk. */
export const deploy: Handler<'deploy'> = async (request, caller, components) => {
  if (request.dryRun !== true) return { of: 'deploy', rollout: await startRollout(request, caller, components) };
  const planned = planOnly(request, caller, components);
  const outlook = foresee(planned, waveDevices(planned, components), request.policy);
  return { of: 'deploy', rollout: summarize(planned, components), outlook };
};

function waveDevices(planned: Rollout, { ledger, presence }: OperatorComponents): WaveDevice[] {
  const fleet = viewFleet(ledger.state, presence);
  return firstWave(planned).flatMap((deviceId) => {
    const device = fleet.get(deviceId);
    return device === undefined ? [] : [{ device, health: presence.healthOf(deviceId)?.decode() ?? null }];
  });
}

export const rollback: Handler<'rollback'> = async (request, caller, components) => ({
  of: 'rollback',
  rollout: await startRollout(request, caller, components),
});

export const switchSlots: Handler<'switch'> = async (request, caller, components) => ({
  of: 'switch',
  rollout: request.dryRun ? showPlan(request, caller, components) : await startRollout(request, caller, components),
});

export const decommission: Handler<'decommission'> = async (request, caller, components) => ({
  of: 'decommission',
  rollout: request.dryRun ? showPlan(request, caller, components) : await startRollout(request, caller, components),
});

/** Halts a rollout; devices give up what they have not confirmed. One that is over stays as it is. */
export const stop: Handler<'stop'> = async (request, caller, components) => {
  const archived = await findArchived(request.rolloutId, components);
  if (archived !== null) return { of: 'stop', rollout: archived };
  const { ledger, presence, reconciler, distributor } = components;
  const documents = await ledger.change((state) => {
    const rollout = findRollout(state, request.rolloutId);
    const stopping = { by: caller.actor, reason: request.reason, nowMs: reconciler.planTime().nowMs };
    const { changes, documents: held } = stopRollouts(state, [rollout], stopping, viewFleet(state, presence));
    return { changes, result: held, isUrgent: true };
  });
  await distributor.publish(documents);
  reconciler.look();
  return { of: 'stop', rollout: summarize(findRollout(ledger.state, request.rolloutId), components) };
};

export const showRollout: Handler<'rollout'> = async ({ rolloutId }, _, components) => ({
  of: 'rollout',
  rollout: await showAny(rolloutId, components),
});

/** The newest first, archived ones among them. */
export const listRollouts: Handler<'rollouts'> = async ({ limit }, _, components) => {
  const whole = [...components.ledger.state.rollouts.values()];
  const archived = await components.store.readArchivedRollouts(limit);
  const known = new Set(whole.map(({ rolloutId }) => rolloutId));
  const oldestFirst = [
    // What was archived meanwhile is among the others, as it was.
    ...archived
      .filter(({ rolloutId }) => !known.has(rolloutId))
      .map((summary) => ({ createdMs: summary.createdMs, show: () => summary })),
    ...whole.map((rollout) => ({ createdMs: rollout.createdMs, show: () => summarize(rollout, components) })),
  ];
  const newest = oldestFirst
    .reverse()
    .sort((a, b) => b.createdMs - a.createdMs)
    .slice(0, limit);
  return { of: 'rollouts', rollouts: newest.map(({ show }) => show()) };
};

type PlannedRequest = RequestOf<'deploy' | 'switch' | 'decommission'>;

/** What a request would become: nothing is stored, nobody is told. */
function planOnly(request: PlannedRequest, caller: Caller, components: OperatorComponents): Rollout {
  const { state } = components.ledger;
  const situation = situate(state, request, caller, components);
  const rollout = decide(state, request, situation);
  return passGate(state, request, rollout, situation, components);
}

function showPlan(request: PlannedRequest, caller: Caller, components: OperatorComponents): RolloutSummary {
  return summarize(planOnly(request, caller, components), components);
}

async function startRollout(
  request: RolloutRequest,
  caller: Caller,
  components: OperatorComponents,
): Promise<RolloutSummary> {
  const { ledger, reconciler, progress } = components;
  const rolloutId = await ledger.change((state) => decideOnce(state, request, caller, components));
  await reconciler.reconcileKept();
  progress.watch(caller, rolloutId);
  return showAny(rolloutId, components);
}

/** A request that comes again gets the rollout that it made, and makes none. */
function decideOnce(
  state: FleetState,
  request: RolloutRequest,
  caller: Caller,
  components: OperatorComponents,
): Decision<Rollout['rolloutId']> {
  const made = state.requests.get(requestKey(caller));
  if (made !== undefined) return { changes: [], result: made.rolloutId };
  const situation = situate(state, request, caller, components);
  const rollout = passGate(state, request, decide(state, request, situation), situation, components);
  if (rollout.approval !== null) requireName(caller, 'a deploy that waits for an approval');
  const record = { client: caller.client, request: caller.request, rolloutId: rollout.rolloutId };
  return {
    changes: [
      ...makeRoom(state, rollout, situation, components),
      { kind: 'put-rollout', rollout },
      { kind: 'put-request', record: { ...record, atMs: situation.origin.nowMs } },
      audit(request, caller, rollout),
    ],
    result: rollout.rolloutId,
    // The way back goes through on a full disk.
    isUrgent: request.kind === 'rollback',
  };
}

function decide(state: FleetState, request: RolloutRequest, situation: Situation): Rollout {
  const offered = (digest: PackageRecord['identity']['digest']) => offerOf(packageOfDigest(state, digest));
  const { target, fleet } = situation;
  if (!('slot' in target)) {
    if (request.kind === 'deploy') return decideDeploy(request, offered(request.digest), situation);
    if (request.kind === 'rollback') return decideRollback(state, request, situation);
  } else {
    const slots = { ...situation, target };
    if (request.kind === 'deploy') return decideStaging(request, offered(request.digest), slots);
    if (request.kind === 'switch') {
      const verified = { ...slots, verifications: state.verifications.values() };
      return decideSwitch(request, resolveSlots(request.from, fleet), offered, verified);
    }
    if (request.kind === 'decommission') return decideDecommission(request, slots);
  }
  throw new LlnError('INTERNAL', `${request.kind} to ${target.label}`);
}

/**
 * What begins in production has been through the checklist; what goes on has been already, and what takes a package back
 * never waits for one.
 */
function passGate(
  state: FleetState,
  request: RolloutRequest,
  rollout: Rollout,
  { target, origin }: Situation,
  components: OperatorComponents,
): Rollout {
  const isNew = rollout.rolloutId === origin.rolloutId;
  const devices = gatedDevices(target.devices);
  const { checklist: policy } = components;
  if (request.kind !== 'deploy' || !isNew || devices.length === 0 || policy.required.size === 0) return rollout;
  const { identity } = packageOfDigest(state, request.digest);
  const facts = gatherFacts(state, { package: identity, target: request.target, devices }, components);
  return passChecklist(rollout, checkBefore(facts, policy), {
    isForced: request.force === true,
    reason: request.reason,
    by: origin.actor,
    nowMs: origin.nowMs,
    isDryRun: request.dryRun === true,
  });
}

/** Whether a request is about one slot of devices. */
function isOfSlots(request: RolloutRequest): boolean {
  if (request.kind === 'deploy') return parseSlotTarget(request.target) !== null;
  return request.kind === 'switch' || request.kind === 'decommission';
}

function decideRollback(state: FleetState, request: RollbackRequest, situation: RequestSituation): Rollout {
  if (request.to.kind === 'previous') return decideRollbackToPrevious(request, situation);
  const { name, version } = request.to;
  return decideRollbackToVersion(request, offerOf(packageOfVersion(state, name, version)), situation);
}

function situate(
  state: FleetState,
  request: RolloutRequest,
  { actor }: Caller,
  { presence, secrets, clock, usualWaves, usualApprovals }: OperatorComponents,
): Situation {
  const fleet = viewFleet(state, presence);
  const origin = { rolloutId: secrets.newRolloutId(), seed: secrets.newSeed(), nowMs: clock.wallMs(), actor };
  const wanted = request.kind === 'switch' ? request.to : request.target;
  const target = isOfSlots(request) ? resolveSlots(wanted, fleet) : resolveTarget(wanted, fleet);
  return { target, fleet, rollouts: [...state.rollouts.values()], usualWaves, usualApprovals, origin };
}

/** Whatever rollout concerned the same devices is over: a rollback halts it, a deploy takes over from it. */
function makeRoom(
  state: FleetState,
  rollout: Rollout,
  { fleet, target }: RequestSituation,
  { reconciler }: OperatorComponents,
): FleetChange[] {
  const time = reconciler.planTime();
  return [...state.rollouts.values()]
    .filter((other) => other.rolloutId !== rollout.rolloutId && isOverlapping(other, target))
    .filter((other) => isOpen(other) || other.members.some((member) => member.final === null))
    .map((other) => {
      const isHalted = rollout.kind === 'rollback' && isOpen(other);
      const over = isHalted ? haltRollout(other, `rolled back by ${rollout.createdBy}`, time.nowMs) : other;
      return { kind: 'put-rollout', rollout: supersedeRollout(over, { fleet, time }) };
    });
}

function packageOfDigest(state: FleetState, digest: PackageRecord['identity']['digest']): PackageRecord {
  const known = state.packages.get(digest);
  if (known === undefined) throw new LlnError('PACKAGE_UNKNOWN', `no package ${shortDigest(digest)} is registered`);
  return known;
}

/** Without a name, the version must belong to one package only. */
function packageOfVersion(state: FleetState, name: string | null, version: string): PackageRecord {
  const found = [...state.packages.values()].filter(
    ({ identity }) => identity.version === version && (name === null || identity.name === name),
  );
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  const wanted = name === null ? `version ${version}` : `${name}@${version}`;
  const names = found.map(({ identity }) => identity.name).join(', ');
  throw new LlnError(
    'PACKAGE_UNKNOWN',
    found.length === 0 ? `${wanted} is not registered` : `${wanted} is ambiguous: ${names}`,
    { version },
  );
}

function offerOf({ identity, sizeBytes, needs, quarantine }: PackageRecord): Offer {
  return { reference: { ...identity, sizeBytes }, needs, quarantine };
}

function audit(request: RolloutRequest, { actor }: Caller, rollout: Rollout): FleetChange {
  const entry = {
    atMs: rollout.endedMs ?? rollout.createdMs,
    actor,
    action: request.kind,
    subject: rollout.rolloutId,
    reason: request.reason,
    detail: describe(request, rollout),
  };
  return { kind: 'add-audit', entry };
}

function describe(request: OperatorRequest, rollout: Rollout): string {
  const override = request.kind === 'deploy' && request.override !== null ? `; override: ${request.override}` : '';
  const force = request.kind === 'switch' && request.force === true ? '; forced, whatever verify found' : '';
  const open = describeForce(rollout);
  const checklist = open === null ? '' : `; forced over the checklist: ${open}`;
  return `${describeRollout(rollout)}${override}${force}${checklist}`.slice(0, 4_000);
}
