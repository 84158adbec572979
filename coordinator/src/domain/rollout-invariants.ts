import { cohortKey, type DeviceId, isAboutStandby, type PackageIdentity } from '@liquid-lln/protocol';
import { cohortSize } from './cohort-planning.js';
import type { FleetView } from './fleet-view.js';
import { memberGeneration, packageOf, type Rollout } from './rollout.js';

/**
 * What must hold of every rollout, found independently of the code that plans and applies steps. Empty if all is
 * well. Run before every commit and by the tests.
 */
export function findViolations(rollout: Rollout): string[] {
  return [
    ...sizeViolations(rollout),
    ...orderViolations(rollout),
    ...generationViolations(rollout),
    ...decisionViolations(rollout),
    ...slotViolations(rollout),
  ];
}

/** What must hold between a rollout and its successor state. */
export function findTransitionViolations(before: Rollout, after: Rollout): string[] {
  const violations: string[] = [];
  const hasMoved = before.waves.length !== after.waves.length || begunWaves(before) !== begunWaves(after);
  const isEnded = ['succeeded', 'halted', 'superseded'].includes(before.status);
  const isHeld = before.status === 'paused' || before.status === 'proposed';
  if (isHeld && begunWaves(before) !== begunWaves(after)) violations.push(`a wave of a ${before.status} rollout began`);
  if (isHeld && toldMembers(before) !== toldMembers(after))
    violations.push(`a device of a ${before.status} rollout was told`);
  if (isEnded && (hasMoved || after.status !== before.status))
    violations.push(`a ${before.status} rollout moved (${after.status}, ${begunWaves(after)} waves)`);
  const bakedMs = (after.endedMs ?? 0) - (after.bakingSinceMs ?? Infinity);
  const hasToBake = after.status === 'succeeded' && !isEnded && (after.bakeSeconds ?? 0) > 0;
  if (hasToBake && !(bakedMs >= (after.bakeSeconds ?? 0) * 1_000))
    violations.push('it succeeded before the time to watch it on was over');
  if (begunWaves(after) < begunWaves(before)) violations.push('a wave that had begun is unmade');
  if (begunWaves(after) > begunWaves(before) + 1) violations.push('more than one wave began at once');
  before.waves.forEach((wave, index) => {
    const now = after.waves[index];
    if (wave.generation !== null && now?.generation !== wave.generation)
      violations.push(`wave ${index} changed its generation`);
  });
  return violations;
}

/**
 * What must hold of the devices that a step tells to begin: not more are on the way at once, and not more begin in a
 * minute, than the rollout's limits say, and nobody begins while it is held.
 */
export function findPaceViolations(before: Rollout, after: Rollout, fleet: FleetView, nowMs: number): string[] {
  const { maxUnavailable, ratePerMinute } = after.limits;
  if (maxUnavailable === null && ratePerMinute === null) return [];
  const known = new Map(before.members.map((member) => [member.deviceId, member.told?.generation]));
  const begun = after.members.filter(({ deviceId, told }) => told !== null && known.get(deviceId) !== told.generation);
  if (begun.length === 0) return [];
  const isByGateway = after.instruction.kind === 'deploy' && after.instruction.asUnit === true;
  const places = (members: Rollout['members']) =>
    new Set(members.map(({ deviceId }) => cohortKey(deviceId, isByGateway))).size;
  const onTheWay = places(after.members.filter((member) => isOnTheWay(after, member, fleet)));
  const lately = places(after.members.filter(({ told }) => told !== null && Math.abs(nowMs - told.atMs) < 60_000));
  return [
    ...(maxUnavailable !== null && onTheWay > maxUnavailable
      ? [`${onTheWay} are on the way at once, ${maxUnavailable} may be`]
      : []),
    ...(ratePerMinute !== null && lately > ratePerMinute
      ? [`${lately} began within a minute, ${ratePerMinute} may`]
      : []),
  ];
}

function isOnTheWay(
  rollout: Rollout,
  { deviceId, told, failure }: Rollout['members'][number],
  fleet: FleetView,
): boolean {
  if (told === null || failure !== null) return false;
  const reported = fleet.get(deviceId)?.reported;
  const isThere =
    reported !== undefined &&
    reported.generation >= told.generation &&
    reported.running?.state === 'confirmed' &&
    reported.running.digest === packageOf(rollout)?.digest;
  return !isThere;
}

/** What must hold between a rollout and the fleet: nobody has an unconfirmed package beyond the wave. */
export function findFleetViolations(rollout: Rollout, fleet: FleetView): string[] {
  const wanted = packageOf(rollout);
  if (wanted !== null && rollout.kind === 'stage') return liveViolations(rollout, wanted, fleet);
  const allowed = rollout.waves[rollout.waveIndex];
  if (wanted === null || allowed === undefined) return [];
  const trying = rollout.members.filter(({ deviceId }) => {
    const running = fleet.get(deviceId)?.reported?.running;
    return running?.digest === wanted.digest && running.state === 'trial';
  });
  const isPaced = rollout.limits.maxUnavailable !== null || rollout.limits.ratePerMinute !== null;
  const strangers = trying.filter(
    (member) => member.waveIndex > rollout.waveIndex || (isPaced && member.told === null),
  );
  return [
    ...strangers.map((member) => `${member.deviceId} tries the package before its wave`),
    ...(trying.length > allowed.devices
      ? [`${trying.length} devices try the package, wave ${rollout.waveIndex} allows ${allowed.devices}`]
      : []),
  ];
}

/** Who was told with which generation, by name or by the wave. */
function toldMembers(rollout: Rollout): string {
  return rollout.members
    .flatMap((member) => {
      const generation = memberGeneration(rollout, member);
      return generation === null ? [] : [`${member.deviceId}@${generation}`];
    })
    .join();
}

/** A second person's approval comes before everything, and a rollout is paused by somebody. */
function decisionViolations({ status, approval, paused, createdBy, waves }: Rollout): string[] {
  const found: string[] = [];
  const hasBegun = waves.some((wave) => wave.generation !== null);
  if (approval !== null && approval.given === null && hasBegun)
    found.push('it began without the approval that it needs');
  if (approval?.given?.by === createdBy) found.push('who proposed it approved it');
  if ((status === 'paused') !== (paused !== null))
    found.push(`it is ${status}, and paused by ${paused?.by ?? 'nobody'}`);
  return found;
}

/** What is staged stays beside what serves, as long as the rollout is the newest that its devices know. */
function liveViolations(rollout: Rollout, { digest }: PackageIdentity, fleet: FleetView): string[] {
  return rollout.members
    .filter((member) => member.final === null && fleet.get(member.deviceId)?.reported.running?.digest === digest)
    .map(({ deviceId }) => `${deviceId} serves what was to be staged only`);
}

const instructionsOf: Readonly<Record<Rollout['kind'], ReadonlySet<Rollout['instruction']['kind']>>> = {
  deploy: new Set(['deploy']),
  rollback: new Set(['rollback', 'deploy']),
  stage: new Set(['stage']),
  switch: new Set(['deploy']),
  decommission: new Set(['free']),
};

/** Work on a slot is told device by device, and says so itself: nothing goes live by the way. */
function slotViolations({ kind, instruction, scope }: Rollout): string[] {
  const found: string[] = [];
  if (!instructionsOf[kind].has(instruction.kind)) found.push(`a ${kind} says ${instruction.kind} to devices`);
  const isFromSlot = instruction.kind === 'deploy' && instruction.stagedIn !== undefined;
  if (isFromSlot !== (kind === 'switch')) found.push(`a ${kind} ${isFromSlot ? 'names' : 'does not name'} a slot`);
  if (isAboutStandby(instruction) && scope.kind === 'environment')
    found.push('work on a slot takes the place of the wave of an environment');
  return found;
}

function begunWaves(rollout: Rollout): number {
  return rollout.waves.filter((wave) => wave.generation !== null).length;
}

function sizeViolations(rollout: Rollout): string[] {
  const { instruction } = rollout;
  const isByGateway = instruction.kind === 'deploy' && instruction.asUnit === true;
  const countPlaces = (ids: readonly { readonly deviceId: DeviceId }[]) =>
    new Set(ids.map(({ deviceId }) => cohortKey(deviceId, isByGateway))).size;
  const planned = countPlaces(rollout.candidates);
  return rollout.waves.flatMap((wave, index) => {
    const entered = rollout.members.filter((member) => member.waveIndex <= index);
    const places = countPlaces(entered);
    const found: string[] = [];
    if (entered.length !== wave.devices)
      found.push(`wave ${index} holds ${entered.length} devices and says ${wave.devices}`);
    if (wave.devices === 0) found.push(`wave ${index} is empty`);
    if (wave.percent < 100 && places > cohortSize(wave.percent, planned)) {
      const what = isByGateway ? 'gateways' : 'devices';
      found.push(`wave ${index} holds ${places} of ${planned} ${what}, more than ${wave.percent} %`);
    }
    return found;
  });
}

function orderViolations(rollout: Rollout): string[] {
  return rollout.waves.flatMap((wave, index) => {
    const earlier = rollout.waves[index - 1];
    if (wave.generation === null || earlier === undefined || earlier.passedMs !== null) return [];
    return [`wave ${index} began before wave ${index - 1} passed`];
  });
}

function generationViolations(rollout: Rollout): string[] {
  const generations = rollout.waves.flatMap((wave) => (wave.generation === null ? [] : [wave.generation]));
  return generations.every((value, index) => index === 0 || value > (generations[index - 1] ?? 0))
    ? []
    : ['generations do not grow from wave to wave'];
}
