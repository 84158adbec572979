import { join } from 'node:path';
import { type LocalDevice, LocalFleet } from '../fleet/local-fleet.js';
import { waitFor } from '../fleet/wait-until.js';
import { statusAnswer } from './answers.js';
import { type BoardProfile, isBoard, startBoards } from './boards.js';
import { deployTooSlow } from './chapter-bad.js';
import { deployFirst, deployInWaves } from './chapters-good.js';
import { finish } from './closing.js';
import { EvidenceBuilder } from './evidence.js';
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
  await finish(stage, await deployTooSlow(stage));
  return { fleet, isComplete: evidence.isComplete };
}

/** The boards first: a gateway is configured with the lines to its own. */
async function startFleet({ folder, boards: profile, narrator, signal, onRunning }: StoryInit): Promise<LocalFleet> {
  const withBoards = profile === null ? '' : ', each with a board';
  narrator.say(`a coordinator and ${gateways.length} gateways${withBoards}, all processes of their own, in ${folder}`);
  const start = (one: BoardProfile) => startBoards({ profile: one, folder, gateways, onRunning });
  const boards = profile === null ? {} : await start(profile);
  if (profile !== null) narrator.say(profile.what);
  const fleet = await LocalFleet.start({
    folder,
    gateways,
    environment: 'production',
    boards,
    coordinator: { checklist: {} },
    signal,
  });
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
