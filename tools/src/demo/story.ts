import { join } from 'node:path';
import { LocalFleet } from '../fleet/local-fleet.js';
import { waitFor } from '../fleet/wait-until.js';
import { statusAnswer } from './answers.js';
import { deployTooSlow } from './chapter-bad.js';
import { deployFirst, deployInWaves } from './chapters-good.js';
import { type DeviceOutcome, outcomesOf, renderOutcomes } from './closing-table.js';
import { readModel } from './device-view.js';
import { describeClaims, EvidenceBuilder } from './evidence.js';
import type { Narrator } from './narrator.js';
import { makePackages } from './packages.js';
import { ratePerSecond } from './short-policy.js';
import type { Stage } from './stage.js';
import { Traffic } from './traffic.js';

export interface StoryInit {
  readonly folder: string;
  readonly seed: number;
  readonly narrator: Narrator;
  readonly signal: AbortSignal;
  /** Is given whatever has to be stopped at the end, as soon as it runs. */
  readonly onRunning: (running: { stop(): Promise<void> }) => void;
}

const gateways = ['office-north', 'office-east', 'office-south', 'office-west'];

/** Tells the whole story. @returns the fleet, and whether all of it was really seen. */
export async function tellStory(init: StoryInit): Promise<{ fleet: LocalFleet; isComplete: boolean }> {
  const { folder, narrator, signal } = init;
  const evidence = new EvidenceBuilder();
  narrator.say(`a coordinator and ${gateways.length} gateways, each a process of its own, in ${folder}`);
  const fleet = await LocalFleet.start({ folder, gateways, environment: 'production', signal });
  init.onRunning(fleet);
  for (const { deviceId, url, process } of fleet.devices) narrator.say(`${deviceId}: process ${process.pid}, ${url}`);
  const packages = await makePackages(folder, fleet.signingKey, signal);
  narrator.say('three packages packed from trained networks and signed with a key made just now');
  await deployFirst({ fleet, packages, narrator, evidence, signal });
  const stage: Stage = { fleet, packages, narrator, evidence, signal, traffic: await startTraffic(fleet, init) };
  await deployInWaves(stage);
  const story = await deployTooSlow(stage);
  await finish(stage, (now) => outcomesOf(story, now, stage.traffic.counts));
  return { fleet, isComplete: evidence.isComplete };
}

async function startTraffic(
  fleet: LocalFleet,
  { folder, seed, narrator, signal, onRunning }: StoryInit,
): Promise<Traffic> {
  const traffic = Traffic.start(fleet, { logFile: join(folder, 'sensors.log'), seed, ratePerSecond });
  onRunning(traffic);
  const waiting = { what: 'every device answers its sensors', timeoutMs: 15_000, signal };
  await waitFor(waiting, () => (traffic.changes.length >= fleet.devices.length ? true : null));
  narrator.say(`four rooms begin to ask: ${ratePerSecond} readings a second and device, a simulated minute each`);
  return traffic;
}

/** The sensors fall silent; what they and the devices say is laid side by side. */
async function finish(stage: Stage, outcomes: (now: ReadonlyMap<string, string>) => DeviceOutcome[]): Promise<void> {
  const { fleet, traffic, narrator, evidence, packages } = stage;
  const models = await Promise.all(
    fleet.devices.map(async ({ deviceId, url }) => [deviceId, (await readModel(url))?.title ?? 'nothing'] as const),
  );
  const serving = models.filter(([, title]) => title === packages.better.title).length;
  evidence.add(
    `all devices serve ${packages.better.title} at the end`,
    serving === models.length,
    `${serving} of ${models.length}`,
  );
  await noteCoordinatorsView(stage);
  noteRequests(stage);
  narrator.chapter('What became of it');
  narrator.show(renderOutcomes(outcomes(new Map(models))));
  narrator.show(`\n${describeClaims(evidence.claims)}\n`);
  const agreed = traffic.counts.reduce((sum, device) => sum + device.agreed, 0);
  const served = traffic.counts.reduce((sum, device) => sum + device.served, 0);
  narrator.show(
    `The networks agreed with the simulated rooms in ${((100 * agreed) / served).toFixed(1)} % of ${served} answers.`,
  );
}

/** The coordinator has to say the same: it hears of changes with the next report. */
async function noteCoordinatorsView({ fleet, evidence, packages, signal }: Stage): Promise<void> {
  const waiting = { what: 'the coordinator knows what every device serves', timeoutMs: 10_000, everyMs: 300, signal };
  const agreeing = await waitFor(waiting, async () => {
    const { devices } = await fleet.ask(statusAnswer, 'status', '--target', fleet.environment);
    const right = devices.filter(({ reported }) => {
      const running = reported?.running;
      return `${running?.name}@${running?.version}` === packages.better.title && running?.state === 'confirmed';
    });
    return right.length === fleet.devices.length ? right.length : null;
  });
  evidence.add('and the coordinator says the same of them', true, `${agreeing} of ${fleet.devices.length}`);
}

function noteRequests({ traffic, evidence }: Stage): void {
  const failed = traffic.counts.reduce((sum, device) => sum + device.failed, 0);
  const silent = traffic.counts.filter((device) => device.served === 0).length;
  evidence.add('every room was served all the time', traffic.isRunning && silent === 0, '');
  evidence.add(
    'no request failed',
    failed === 0,
    failed === 0 ? '' : `${failed} failed: ${traffic.failures.join('; ')}`,
  );
}
