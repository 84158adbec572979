import { setTimeout as sleep } from 'node:timers/promises';
import type { DeviceEvent, RolloutSummary } from '@liquid-lln/protocol';
import { waitFor } from '../fleet/wait-until.js';
import { eventsAnswer, rolloutAnswer, rolloutsAnswer } from './answers.js';
import { shortPolicyOptions } from './short-policy.js';
import type { Stage } from './stage.js';
import type { PackageChange } from './traffic.js';

/** How the bad package came and went. */
export interface BadPackageStory {
  readonly rollout: RolloutSummary;
  readonly reverts: readonly RevertedEvent[];
}

export type RevertedEvent = DeviceEvent & { readonly body: Extract<DeviceEvent['body'], { kind: 'reverted' }> };

const trialTimeoutMs = 30_000;
const revertTimeoutMs = 60_000;
const haltTimeoutMs = 30_000;
/** How long the devices are left alone after the revert. */
const aloneMs = 2_000;

/**
 * A package that keeps none of its promises about time. Its first device tries it, the coordinator is killed, the device
 * goes back by itself; the coordinator returns, learns of it and halts.
 */
export async function deployTooSlow(stage: Stage): Promise<BadPackageStory> {
  const { packages, narrator, fleet } = stage;
  const { tooSlow, slowStepMs } = packages;
  narrator.chapter(`3. A bad one: ${tooSlow.title}, valid and signed, but too slow`);
  narrator.say(
    `it promises ${tooSlow.latencyMsBudget} ms an inference; its network needs at least ${slowStepMs.toFixed(2)} ms`,
  );
  const options = ['--model', tooSlow.file, '--waves', '25,100', '--no-wait', ...shortPolicyOptions];
  const { rollout } = await fleet.ask(rolloutAnswer, 'deploy', '--target', fleet.environment, ...options);
  const tried = await nextChange(stage, 0, trialTimeoutMs, (change) => change.package === tooSlow.title);
  narrator.say(`${tried.deviceId} passed its golden vectors and answers from it: its trial runs`);
  const { killedMs, restartedMs } = await loseCoordinator(stage, tried);
  noteIndependence(stage, tried, killedMs, restartedMs);
  return learnOutcome(stage, rollout.rolloutId, tried.deviceId);
}

/** Kills the coordinator, lets the device decide, and brings the coordinator back. */
async function loseCoordinator(stage: Stage, tried: PackageChange): Promise<{ killedMs: number; restartedMs: number }> {
  const { fleet, narrator, packages, traffic, signal } = stage;
  const pid = fleet.coordinatorPid;
  await fleet.killCoordinator();
  const killedMs = Date.now();
  const servedBefore = servedInAll(stage);
  narrator.say(`kill -9 ${pid}: the coordinator is gone; ${tried.deviceId} is on its own`);
  const back = await nextChange(stage, traffic.changes.indexOf(tried) + 1, revertTimeoutMs, isOf(tried.deviceId));
  narrator.say(`${tried.deviceId} has gone back to ${back.package}, by itself`);
  await sleep(aloneMs, undefined, { signal });
  narrator.say(`without a coordinator ${servedInAll(stage) - servedBefore} requests were served meanwhile`);
  const restartedMs = Date.now();
  await fleet.startCoordinator();
  narrator.say(`the coordinator is back, as process ${fleet.coordinatorPid}, with what it had on disk`);
  stage.evidence.add(
    `${tried.deviceId} went back to ${packages.better.title}`,
    back.package === packages.better.title,
    `now ${back.package}`,
  );
  return { killedMs, restartedMs };
}

function isOf(deviceId: string): (change: PackageChange) => boolean {
  return (change) => change.deviceId === deviceId;
}

function servedInAll({ traffic }: Stage): number {
  return traffic.counts.reduce((sum, device) => sum + device.served, 0);
}

/** The first change from `index` on that fits. */
function nextChange(
  { traffic, signal }: Stage,
  index: number,
  timeoutMs: number,
  fits: (change: PackageChange) => boolean,
): Promise<PackageChange> {
  const waiting = { what: 'a device answers from another package', timeoutMs, everyMs: 20, signal };
  return waitFor(waiting, () => traffic.changes.slice(index).find(fits) ?? null);
}

function noteIndependence(
  { traffic, evidence, packages }: Stage,
  tried: PackageChange,
  killedMs: number,
  restartedMs: number,
) {
  const triers = new Set(
    traffic.changes.filter((change) => change.package === packages.tooSlow.title).map((change) => change.deviceId),
  );
  evidence.add(
    `only the first wave's one device ever answered from ${packages.tooSlow.title}`,
    triers.size === 1,
    [...triers].join(', '),
  );
  const back = traffic.changes.find((change) => change.deviceId === tried.deviceId && change.atMs > tried.atMs);
  const isAlone = back !== undefined && back.atMs > killedMs && back.atMs < restartedMs;
  const detail =
    back === undefined ? 'it never went back' : `${((back.atMs - killedMs) / 1000).toFixed(1)} s after the kill`;
  evidence.add('it went back while there was no coordinator', isAlone, detail);
}

/** What the coordinator knows once it is back. */
async function learnOutcome(
  { fleet, narrator, evidence, signal }: Stage,
  rolloutId: string,
  deviceId: string,
): Promise<BadPackageStory> {
  const waiting = { what: 'the coordinator halts the rollout', timeoutMs: haltTimeoutMs, everyMs: 300, signal };
  const rollout = await waitFor(waiting, async () => {
    const { rollouts } = await fleet.ask(rolloutsAnswer, 'rollouts');
    return rollouts.find((one) => one.rolloutId === rolloutId && one.status === 'halted') ?? null;
  });
  narrator.say(`it learned of it and halted the rollout: ${rollout.detail}`);
  evidence.add('the coordinator halted the rollout when it returned', true, rollout.detail);
  const member = rollout.members.find((one) => one.deviceId === deviceId);
  evidence.add(
    `the coordinator reports ${deviceId} as reverted`,
    member?.progress === 'reverted',
    member?.outcome?.detail ?? '',
  );
  const others = rollout.members.filter((one) => one.deviceId !== deviceId);
  evidence.add(
    'and that no other device was asked to try it',
    others.every((one) => one.progress === 'pending'),
    '',
  );
  const { events } = await fleet.ask(eventsAnswer, 'events', '--target', fleet.environment);
  return { rollout, reverts: events.filter(isRevert) };
}

function isRevert(event: DeviceEvent): event is RevertedEvent {
  return event.body.kind === 'reverted';
}
