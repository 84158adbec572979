import { waitFor } from '../fleet/wait-until.js';
import { statusAnswer } from './answers.js';
import { type BadPackageStory, outcomesOf, renderOutcomes } from './closing-table.js';
import { readModel } from './device-view.js';
import { describeClaims } from './evidence.js';
import { returnTimeoutMs, type Stage } from './stage.js';

/** What the sensors, the devices and the coordinator say is laid side by side. */
export async function finish(stage: Stage, story: BadPackageStory): Promise<void> {
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
  narrator.show(renderOutcomes(outcomesOf(story, new Map(models), traffic.counts)));
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
  const waiting = {
    what: 'the coordinator knows what every device serves',
    timeoutMs: returnTimeoutMs,
    everyMs: 300,
    signal,
  };
  const askedMs = Date.now();
  const agreed = await waitFor(waiting, async () => {
    const { devices } = await fleet.ask(statusAnswer, 'status', '--target', fleet.environment);
    const right = devices.filter(({ reported, health }) => {
      const running = reported?.running;
      return (
        `${running?.name}@${running?.version}` === packages.better.title &&
        running?.state === 'confirmed' &&
        (health?.atMs ?? 0) > askedMs
      );
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
