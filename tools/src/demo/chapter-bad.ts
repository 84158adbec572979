import { setTimeout as sleep } from 'node:timers/promises';
import { waitFor } from '../fleet/wait-until.js';
import { rolloutAnswer, statusAnswer } from './answers.js';
import { learnOutcome } from './bad-outcome.js';
import type { BadPackageStory } from './closing-table.js';
import { readActivity, readModel } from './device-view.js';
import { firstWaveOf } from './first-wave.js';
import { overChecklist, shortPolicyOptions } from './short-policy.js';
import type { Stage } from './stage.js';
import type { PackageChange } from './traffic.js';

/** When a device began to answer from the bad package, and when from the one before again. */
interface Trial {
  readonly deviceId: string;
  readonly begun: PackageChange;
  readonly ended: PackageChange;
}

/** The time without a coordinator. */
interface Absence {
  readonly killedMs: number;
  readonly servedBefore: number;
}

const arrivalTimeoutMs = 60_000;
/** How long the devices are left alone after the last of them has gone back. */
const aloneMs = 2_000;

/**
 * A package that keeps none of its promises about time. The first wave takes it, the coordinator is killed, and each of
 * its devices tries the package and goes back by itself; the coordinator returns, learns of it and halts.
 */
export async function deployTooSlow(stage: Stage): Promise<BadPackageStory> {
  const { packages, narrator, fleet } = stage;
  const { tooSlow, slowStepMs } = packages;
  narrator.chapter(`3. A bad one: ${tooSlow.title}, valid and signed, but too slow`);
  narrator.say(
    `it promises ${tooSlow.latencyMsBudget} ms an inference; its network needs at least ${slowStepMs.toFixed(2)} ms here`,
  );
  const { devices } = await fleet.ask(statusAnswer, 'status', '--target', fleet.environment);
  const how = ['--waves', '25,100', '--no-wait', ...shortPolicyOptions('bad'), ...overChecklist];
  const options = ['--target', fleet.environment, '--model', tooSlow.file, ...how];
  const { rollout } = await fleet.ask(rolloutAnswer, 'deploy', ...options);
  const { deviceIds, text } = firstWaveOf(rollout, devices);
  narrator.say(`${text}; they are ${deviceIds.join(' and ')}`);
  const { trials, absence } = await tryAlone(stage, deviceIds);
  await sleep(aloneMs, undefined, { signal: stage.signal });
  narrator.say(`without a coordinator ${servedInAll(stage) - absence.servedBefore} requests were served meanwhile`);
  const restartedMs = Date.now();
  await fleet.startCoordinator();
  narrator.say(`the coordinator is back, as process ${fleet.coordinatorPid}, with what it had on disk`);
  noteTriers(stage, deviceIds);
  for (const trial of trials) noteIndependence(stage, trial, absence.killedMs, restartedMs);
  return learnOutcome(stage, rollout.rolloutId, deviceIds);
}

/** Follows every trial from before the coordinator is killed until its device has gone back. */
async function tryAlone(stage: Stage, deviceIds: readonly string[]): Promise<{ trials: Trial[]; absence: Absence }> {
  const failed = new AbortController();
  const watched = { ...stage, signal: AbortSignal.any([stage.signal, failed.signal]) };
  try {
    const [trials, absence] = await Promise.all([
      Promise.all(deviceIds.map((deviceId) => followTrial(watched, deviceId))),
      loseCoordinator(watched, deviceIds),
    ]);
    return { trials, absence };
  } finally {
    failed.abort(); // of two that wait, one may have given up
  }
}

async function followTrial(stage: Stage, deviceId: string): Promise<Trial> {
  const { narrator, packages, traffic } = stage;
  const isBegin = (change: PackageChange) => change.deviceId === deviceId && change.package === packages.tooSlow.title;
  const begun = await nextChange(stage, 0, isBegin);
  narrator.say(`${deviceId} passed its golden vectors and answers from it: its trial runs`);
  const ended = await nextChange(stage, traffic.changes.indexOf(begun) + 1, (change) => change.deviceId === deviceId);
  narrator.say(`${deviceId} has gone back to ${ended.package}, by itself`);
  return { deviceId, begun, ended };
}

/** Kills the coordinator once one device tries the package and the others have all of it. */
async function loseCoordinator(stage: Stage, deviceIds: readonly string[]): Promise<Absence> {
  const { fleet, narrator, packages, traffic, signal } = stage;
  const devices = fleet.devices.filter(({ deviceId }) => deviceIds.includes(deviceId));
  const hasArrived = async () => {
    const held = await Promise.all(devices.map((device) => holds(device, packages.tooSlow.title)));
    const isTried = traffic.changes.some((change) => change.package === packages.tooSlow.title);
    return isTried && held.every(Boolean) ? true : null;
  };
  const what = `the first wave has ${packages.tooSlow.title}`;
  await waitFor({ what, timeoutMs: arrivalTimeoutMs, everyMs: 20, signal }, hasArrived);
  const pid = fleet.coordinatorPid;
  await fleet.killCoordinator();
  const absence = { killedMs: Date.now(), servedBefore: servedInAll(stage) };
  narrator.say(`kill -9 ${pid}: the coordinator is gone; ${deviceIds.join(' and ')} are on their own`);
  return absence;
}

/** Whether a device needs nobody any more for a package. */
async function holds(device: Parameters<typeof readModel>[0], title: string): Promise<boolean> {
  const activity = await readActivity(device);
  return activity === 'verifying' || activity === 'trial' || (await readModel(device))?.title === title;
}

function servedInAll({ traffic }: Stage): number {
  return traffic.counts.reduce((sum, device) => sum + device.served, 0);
}

/** The first change from `index` on that fits. */
function nextChange(
  { traffic, trialTimeoutMs, signal }: Stage,
  index: number,
  fits: (change: PackageChange) => boolean,
): Promise<PackageChange> {
  const waiting = { what: 'a device answers from another package', timeoutMs: trialTimeoutMs, everyMs: 20, signal };
  return waitFor(waiting, () => traffic.changes.slice(index).find(fits) ?? null);
}

function noteTriers({ traffic, evidence, packages }: Stage, deviceIds: readonly string[]): void {
  const tries = traffic.changes.filter((change) => change.package === packages.tooSlow.title);
  const triers = [...new Set(tries.map((change) => change.deviceId))].sort();
  evidence.add(
    `only the first wave ever answered from ${packages.tooSlow.title}`,
    triers.join() === [...deviceIds].sort().join(),
    triers.join(', '),
  );
}

function noteIndependence({ evidence, packages }: Stage, trial: Trial, killedMs: number, restartedMs: number): void {
  const { deviceId, ended } = trial;
  const seconds = ((ended.atMs - killedMs) / 1000).toFixed(1);
  evidence.add(
    `${deviceId} went back to ${packages.better.title} while there was no coordinator`,
    ended.package === packages.better.title && ended.atMs > killedMs && ended.atMs < restartedMs,
    `to ${ended.package}, ${seconds} s after the kill`,
  );
}
