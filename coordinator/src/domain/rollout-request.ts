import {
  type CohortCandidate,
  cohortKey,
  type Environment,
  LlnError,
  type OperatorRequest,
  type PackageReference,
  type RolloutId,
  type RolloutLimits,
  shortDigest,
  stratumOf,
} from '@liquid-lln/protocol';
import { conditionsOf, type WaveConditions } from './analysis/wave-conditions.js';
import { chooseSeed, type PlannedCohort, planCohorts } from './cohort-planning.js';
import type { FleetDevice, FleetView } from './fleet-view.js';
import { findMisfits, misfitError, type PackageNeeds } from './package-fit.js';
import { describeQuarantine, type Quarantine } from './quarantine.js';
import {
  isOpen,
  isUnderWay,
  memberGeneration,
  memberToldMs,
  packageOf,
  type Rollout,
  type RolloutInstruction,
  type RolloutScope,
  type Wave,
} from './rollout.js';
import { limitsFrom } from './rollout-limits.js';
import { appendWaves, newMember } from './rollout-machine.js';
import type { ResolvedTarget } from './target-resolution.js';

/** As many as `cohortSchema` takes. */
const strataMax = 256;

export type DeployRequest = Extract<OperatorRequest, { kind: 'deploy' }>;

/** Shares of an environment that its waves have unless a request names others. */
export type UsualWaves = Readonly<Record<Environment, readonly number[]>>;

const trips = { rollout: 'roll-back', wave: 'roll-back-wave', none: 'halt-only' } as const;

export const defaultUsualWaves: UsualWaves = { simulation: [100], staging: [100], production: [25, 100] };

/** What a new rollout gets from outside: chance, time and the person. */
export interface Origin {
  readonly rolloutId: RolloutId;
  readonly seed: string;
  readonly nowMs: number;
  readonly actor: string;
}

/** A registered package, as a rollout brings it. */
export interface Offer {
  readonly reference: PackageReference;
  readonly needs: PackageNeeds | null;
  readonly quarantine: Quarantine | null;
}

/** Everything that decides what a request becomes, as values. */
export interface RequestSituation {
  readonly target: ResolvedTarget;
  readonly fleet: FleetView;
  readonly rollouts: readonly Rollout[];
  readonly usualWaves: UsualWaves;
  /** Environments in which a deploy waits for a second person unless it says otherwise. */
  readonly usualApprovals: ReadonlySet<Environment>;
  readonly origin: Origin;
}

/**
 * What a deploy becomes: more waves of the rollout that already brings this package to this target, or a new one.
 * @throws LlnError ROLLOUT_CONFLICT, PACKAGE_QUARANTINED, USAGE; IMAGE_ABI_UNSUPPORTED or BOARD_TOO_SMALL if a device
 * that would get the package cannot run it
 */
export function decideDeploy(request: DeployRequest, offer: Offer, situation: RequestSituation): Rollout {
  const { reference } = offer;
  const percents = wavesOr(usualWavesOf(situation), request.waves);
  const running = continueDeployment('deploy', percents, offer, situation, request.limits);
  if (running !== null) return running;
  refuseUnfit(request, offer, situation);
  const instruction: RolloutInstruction = {
    kind: 'deploy',
    package: reference,
    policy: request.policy,
    batchSize: request.batchSize,
    override: request.override,
    ...(request.asUnit === true ? { asUnit: true } : {}),
    ...(request.debug === true ? { debug: true } : {}),
    ...(request.spreadSeconds === undefined ? {} : { spreadSeconds: request.spreadSeconds }),
    ...(request.window === undefined ? {} : { window: request.window }),
  };
  const needsApproval = request.approval ?? needsUsualApproval(situation);
  const conditions = conditionsOf({
    request: request.analysis,
    policy: request.policy,
    environments: new Set(situation.target.devices.map(({ environment }) => environment)),
    devices: situation.target.devices.length,
    firstPercent: percents[0] ?? 100,
  });
  const onTrip = trips[request.onTrip ?? 'rollout'];
  const limits = request.limits ?? {};
  const order = { kind: 'deploy', instruction, onTrip, limits, percents, needsApproval, conditions } as const;
  return createRollout(order, situation);
}

/** The open rollout that already does this, with as many more waves as are asked for; null if there is none. */
export function continueDeployment(
  kind: Rollout['kind'],
  percents: readonly number[],
  offer: Offer,
  situation: RequestSituation,
  limits?: RolloutLimits,
): Rollout | null {
  const isSame = (rollout: Rollout) =>
    rollout.kind === kind &&
    packageOf(rollout)?.digest === offer.reference.digest &&
    rollout.target === situation.target.label;
  const running = findConflicts(situation).find(isSame);
  if (running === undefined) return null;
  return continueRollout(limits === undefined ? running : withLimits(running, limits), percents, offer, situation);
}

/** @throws LlnError ROLLOUT_CONFLICT, IMAGE_ABI_UNSUPPORTED, BOARD_TOO_SMALL, PACKAGE_QUARANTINED */
export function refuseUnfit(request: DeployRequest, offer: Offer, situation: RequestSituation): void {
  refuseConflict(situation);
  refuseMisfits(offer, situation.target.devices);
  refuseQuarantined(request, offer, situation);
}

export interface RolloutOrder {
  readonly kind: Rollout['kind'];
  readonly instruction: RolloutInstruction;
  readonly onTrip: Rollout['onTrip'];
  readonly limits: RolloutLimits;
  readonly percents: readonly number[];
  /** Whether somebody else has to approve it first. */
  readonly needsApproval: boolean;
  readonly conditions?: WaveConditions;
}

/** A rollout whose first wave has not begun. */
export function createRollout(order: RolloutOrder, { target, fleet, origin }: RequestSituation): Rollout {
  const candidates = target.devices.map(({ deviceId, kind, site, admission }) => ({ deviceId, kind, site, admission }));
  refuseManyStrata(candidates);
  const isByGateway = isAsUnit(order.instruction);
  const seed = chooseSeed(origin.seed, candidates, isByGateway);
  const empty: Rollout = {
    rolloutId: origin.rolloutId,
    kind: order.kind,
    status: order.needsApproval ? 'proposed' : 'running',
    target: target.label,
    scope: target.scope,
    instruction: order.instruction,
    onTrip: order.onTrip,
    limits: limitsFrom(order.limits, countPlaces(candidates, isByGateway)),
    seed,
    candidates,
    waves: [],
    waveIndex: 0,
    members: [],
    createdMs: origin.nowMs,
    createdBy: origin.actor,
    approval: order.needsApproval ? { given: null } : null,
    paused: null,
    endedMs: null,
    ending: null,
    detail: order.needsApproval ? `proposed by ${origin.actor}; somebody else has to approve it` : '',
    ...(order.conditions === undefined ? {} : { conditions: order.conditions }),
  };
  return addCohorts(empty, planCohorts(seed, candidates, order.percents, isByGateway), fleet);
}

/** Devices, or gateways where they are taken whole. */
function countPlaces(candidates: readonly CohortCandidate[], isByGateway: boolean): number {
  return new Set(candidates.map(({ deviceId }) => cohortKey(deviceId, isByGateway))).size;
}

/** Whether gateways are taken whole, so that each can confirm or leave the package as a unit. */
function isAsUnit(instruction: RolloutInstruction): boolean {
  return instruction.kind === 'deploy' && instruction.asUnit === true;
}

/** A wave document has room for a limited number of sites and kinds. */
function refuseManyStrata(candidates: readonly CohortCandidate[]): void {
  const strata = new Set(candidates.map((candidate) => stratumOf(candidate))).size;
  if (strata > strataMax)
    throw new LlnError('USAGE', `the target spans ${strata} kinds and sites, the limit is ${strataMax}: choose fewer`);
}

/** Open rollouts that concern a device of the target. */
function findConflicts({ rollouts, target }: RequestSituation): Rollout[] {
  return rollouts.filter((rollout) => isOpen(rollout) && isOverlapping(rollout, target));
}

/** Whether a rollout concerns a device of the target. */
export function isOverlapping(rollout: Rollout, target: ResolvedTarget): boolean {
  const wanted = new Set(target.devices.map((device) => device.deviceId));
  return isWithin(rollout.scope, target.scope) || rollout.candidates.some(({ deviceId }) => wanted.has(deviceId));
}

function isWithin(scope: RolloutScope, other: RolloutScope): boolean {
  return scope.kind === 'environment' && other.kind === 'environment' && scope.environment === other.environment;
}

/** The waves that a target has unless a request names others. */
export function usualWavesOf({ target, usualWaves }: RequestSituation): readonly number[] {
  return target.scope.kind === 'environment' ? usualWaves[target.scope.environment] : [100];
}

/** @throws LlnError USAGE if the waves do not ascend */
export function wavesOr(usual: readonly number[], waves: readonly number[] | null): readonly number[] {
  if (waves === null) return usual;
  if (waves.some((percent, index) => index > 0 && percent <= (waves[index - 1] ?? 0)))
    throw new LlnError('USAGE', `waves must ascend: ${waves.join(', ')}`);
  return waves;
}

export function needsUsualApproval({ target, usualApprovals }: RequestSituation): boolean {
  return target.devices.some(({ environment }) => usualApprovals.has(environment));
}

/** Limits that come with a later deploy count from then on, also for what is out. */
export function withLimits(rollout: Rollout, limits: RolloutLimits): Rollout {
  const places = countPlaces(rollout.candidates, isAsUnit(rollout.instruction));
  const next = limitsFrom(limits, places, rollout.limits);
  // Members that were told by their wave have no turn of their own to wait for.
  const members = rollout.members.map((member) => {
    const generation = memberGeneration(rollout, member);
    const atMs = memberToldMs(rollout, member);
    return generation === null || atMs === null ? member : { ...member, told: { generation, atMs } };
  });
  return { ...rollout, limits: next, members };
}

/** The same seed and the same candidates: the larger cohort contains the devices that already have the package. */
function continueRollout(
  rollout: Rollout,
  percents: readonly number[],
  offer: Offer,
  { fleet }: RequestSituation,
): Rollout {
  const done = rollout.waves.map((wave) => wave.percent);
  const more = percents.filter((percent) => percent > (done.at(-1) ?? 0));
  if (more.length === 0) return rollout;
  const cohorts = planCohorts(rollout.seed, rollout.candidates, [...done, ...more], isAsUnit(rollout.instruction));
  const grown = addCohorts(rollout, cohorts.slice(done.length), fleet);
  const joining = grown.members.slice(rollout.members.length);
  refuseMisfits(
    offer,
    joining.flatMap(({ deviceId }) => fleet.get(deviceId) ?? []),
  );
  return grown;
}

function refuseMisfits({ reference, needs }: Offer, devices: readonly FleetDevice[]): void {
  const misfits = findMisfits(devices, needs);
  if (misfits.length > 0) throw misfitError(misfits, devices.length, reference);
}

function addCohorts(rollout: Rollout, cohorts: readonly PlannedCohort[], fleet: FleetView): Rollout {
  const known = new Set(rollout.members.map((member) => member.deviceId));
  const waves: Wave[] = [];
  const members: Rollout['members'][number][] = [];
  for (const { percent, cohort, deviceIds } of cohorts) {
    const waveIndex = rollout.waves.length + waves.length;
    for (const deviceId of deviceIds.filter((id) => !known.has(id))) {
      known.add(deviceId);
      members.push(newMember(deviceId, waveIndex, fleet));
    }
    waves.push({
      percent,
      cohort,
      devices: known.size,
      generation: null,
      startedMs: null,
      passedMs: null,
      promoted: null,
    });
  }
  return appendWaves(rollout, waves, members);
}

/** A rollout that waits for more may be replaced; one that is under way may not. */
export function refuseConflict(situation: RequestSituation): void {
  const running = findConflicts(situation).find(isUnderWay);
  if (running === undefined) return;
  const brings = packageOf(running);
  const what = brings === null ? `a ${running.kind}` : `${brings.name}@${brings.version}`;
  throw new LlnError(
    'ROLLOUT_CONFLICT',
    `rollout ${running.rolloutId} (${what} to ${running.target}) is ${running.status}: stop it with \`liquid-lln stop\`, or wait`,
    { rolloutId: running.rolloutId },
  );
}

/** A package that a device of the fleet left by itself comes back only with a reason. */
function refuseQuarantined(request: DeployRequest, { quarantine }: Offer, { target }: RequestSituation): void {
  if (request.override !== null) return;
  if (quarantine !== null)
    throw new LlnError(
      'PACKAGE_QUARANTINED',
      `the package ${shortDigest(request.digest)} is quarantined: ${describeQuarantine(quarantine)}`,
      { digest: request.digest },
    );
  const device = target.devices.find((candidate) => candidate.reported.quarantined.includes(request.digest));
  if (device === undefined) return;
  throw new LlnError(
    'PACKAGE_QUARANTINED',
    `${device.deviceId} rolled the package ${shortDigest(request.digest)} back before`,
    { deviceId: device.deviceId, digest: request.digest },
  );
}
