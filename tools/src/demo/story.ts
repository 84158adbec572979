import { join } from 'node:path';
import { type LocalDevice, LocalFleet } from '../fleet/local-fleet.js';
import { waitFor } from '../fleet/wait-until.js';
import { statusAnswer } from './answers.js';
import { type BoardProfile, isBoard, startBoards } from './boards.js';
import { deployTooSlow } from './chapter-bad.js';
import { deployFirst, deployInWaves } from './chapters-good.js';
import { type DeviceOutcome, outcomesOf, renderOutcomes } from './closing-table.js';
import { readModel } from './device-view.js';
import { describeClaims, EvidenceBuilder } from './evidence.js';
import type { Narrator } from './narrator.js';
import { makePackages } from './packages.js';
import { noteSameBits } from './same-bits.js';
import { ratePerSecond } from './short-policy.js';
import type { Stage } from './stage.js';
import { Traffic } from './traffic.js';

export interface StoryInit {
  readonly folder: string;
  readonly seed: number;
  /** Null: gateways without boards. */
  readonly boards: BoardProfile | null;
  readonly narrator: Narrator;
  readonly signal: AbortSignal;
  /** Is given whatever has to be stopped at the end, as soon as it runs. */
  readonly onRunning: (running: { stop(): Promise<void> }) => void;
}

const gatewayTrialTimeoutMs = 60_000;
const gateways = ['office-north', 'office-east', 'office-south', 'office-west'];

/** Tells the whole story. @returns the fleet, and whether all of it was really seen. */
export async function tellStory(init: StoryInit): Promise<{ fleet: LocalFleet; isComplete: boolean }> {
  const { folder, seed, narrator, signal } = init;
  const evidence = new EvidenceBuilder();
  const fleet = await startFleet(init);
  const packages = await makePackages(folder, fleet.signingKey, signal);
  narrator.say('three packages packed from trained networks and signed with a key made just now');
  await untilAllOnline(fleet, signal);
  const trialTimeoutMs = init.boards?.trialTimeoutMs ?? gatewayTrialTimeoutMs;
  const quiet = { fleet, packages, narrator, evidence, trialTimeoutMs, signal };
  await deployFirst(quiet);
  const stage: Stage = { ...quiet, traffic: await startTraffic(fleet, init) };
  await deployInWaves(stage);
  await noteSameBits(stage, seed);
  const story = await deployTooSlow(stage);
  await finish(stage, (now) => outcomesOf(story, now, stage.traffic.counts));
  return { fleet, isComplete: evidence.isComplete };
}

/** The boards first: a gateway is configured with the lines to its own. */
async function startFleet({ folder, boards: profile, narrator, signal, onRunning }: StoryInit): Promise<LocalFleet> {
  const withBoards = profile === null ? '' : ', each with a board';
  narrator.say(`a coordinator and ${gateways.length} gateways${withBoards}, all processes of their own, in ${folder}`);
  const start = (one: BoardProfile) => startBoards({ profile: one, folder, gateways, onRunning });
  const boards = profile === null ? {} : await start(profile);
  if (profile !== null) narrator.say(profile.what);
  const fleet = await LocalFleet.start({ folder, gateways, environment: 'production', boards, signal });
  onRunning(fleet);
  for (const { gatewayId, url, process } of fleet.agents) narrator.say(`${gatewayId}: process ${process.pid}, ${url}`);
  return fleet;
}

/** A rollout is planned for the devices that the coordinator knows when it begins. */
async function untilAllOnline(fleet: LocalFleet, signal: AbortSignal): Promise<void> {
  const waiting = { what: 'every device is online', timeoutMs: 30_000, everyMs: 300, signal };
  await waitFor(waiting, async () => {
    const { devices } = await fleet.ask(statusAnswer, 'status', '--target', 'all');
    return devices.filter(({ online }) => online).length === fleet.devices.length ? true : null;
  });
}

async function startTraffic(
  fleet: LocalFleet,
  { folder, seed, boards, narrator, signal, onRunning }: StoryInit,
): Promise<Traffic> {
  const boardRate = boards?.ratePerSecond ?? ratePerSecond;
  const rateOf = (device: LocalDevice) => (isBoard(device) ? boardRate : ratePerSecond);
  const traffic = Traffic.start(fleet.devices, { logFile: join(folder, 'sensors.log'), seed, rateOf });
  onRunning(traffic);
  const waiting = { what: 'every device answers its sensors', timeoutMs: 15_000, signal };
  await waitFor(waiting, () => (traffic.changes.length >= fleet.devices.length ? true : null));
  const rates = boardRate === ratePerSecond ? `${ratePerSecond}` : `${ratePerSecond} (boards: ${boardRate})`;
  narrator.say(`${fleet.devices.length} rooms begin to ask: ${rates} readings a second each, a simulated minute apart`);
  return traffic;
}

/** The sensors fall silent; what they and the devices say is laid side by side. */
async function finish(stage: Stage, outcomes: (now: ReadonlyMap<string, string>) => DeviceOutcome[]): Promise<void> {
  const { fleet, traffic, narrator, evidence, packages } = stage;
  const models = await Promise.all(
    fleet.devices.map(async (device) => [device.deviceId, (await readModel(device))?.title ?? 'nothing'] as const),
  );
  const serving = models.filter(([, title]) => title === packages.better.title).length;
  evidence.add(
    `all devices serve ${packages.better.title} at the end`,
    serving === models.length,
    `${serving} of ${models.length}`,
  );
  noteRequests(stage, await noteCoordinatorsView(stage));
  narrator.chapter('What became of it');
  narrator.show(renderOutcomes(outcomes(new Map(models))));
  narrator.show(`\n${describeClaims(evidence.claims)}\n`);
  const agreed = traffic.counts.reduce((sum, device) => sum + device.agreed, 0);
  const served = traffic.counts.reduce((sum, device) => sum + device.served, 0);
  narrator.show(
    `The networks agreed with the simulated rooms in ${((100 * agreed) / served).toFixed(1)} % of ${served} answers.`,
  );
}

/**
 * The coordinator has to say the same: it hears of changes with the next report.
 * @returns how often boards have restarted, for trials and out of them
 */
async function noteCoordinatorsView({ fleet, evidence, packages, signal }: Stage): Promise<number> {
  const waiting = { what: 'the coordinator knows what every device serves', timeoutMs: 10_000, everyMs: 300, signal };
  const agreed = await waitFor(waiting, async () => {
    const { devices } = await fleet.ask(statusAnswer, 'status', '--target', fleet.environment);
    const right = devices.filter(({ reported }) => {
      const running = reported?.running;
      return `${running?.name}@${running?.version}` === packages.better.title && running?.state === 'confirmed';
    });
    return right.length === fleet.devices.length ? right : null;
  });
  evidence.add('and the coordinator says the same of them', true, `${agreed.length} of ${fleet.devices.length}`);
  return agreed.reduce((sum, { health }) => sum + Math.max(0, (health?.board?.boots ?? 0) - 1), 0);
}

function noteRequests({ traffic, evidence }: Stage, restarts: number): void {
  const failed = traffic.counts.reduce((sum, device) => sum + device.failed, 0);
  const silent = traffic.counts.filter((device) => device.served === 0).length;
  evidence.add('every room was served all the time', traffic.isRunning && silent === 0, '');
  evidence.add(
    'no request failed',
    failed === 0,
    failed === 0 ? `${restarts} restarts of boards in all` : `${failed} failed: ${traffic.failures.join('; ')}`,
  );
}
