import { setTimeout as sleep } from 'node:timers/promises';
import type { RolloutSummary } from '@liquid-lln/protocol';
import { rolloutAnswer, statusAnswer } from './answers.js';
import { readModel } from './device-view.js';
import { firstWaveOf } from './first-wave.js';
import type { DemoPackage } from './packages.js';
import { overChecklist, shortPolicyOptions, soakSeconds } from './short-policy.js';
import type { Stage } from './stage.js';

/** The first package, to all at once: there is nothing yet that it could break. */
export async function deployFirst(stage: Omit<Stage, 'traffic'>): Promise<void> {
  const { fleet, packages, narrator } = stage;
  narrator.chapter(`1. The first package: ${packages.first.title} to all of production`);
  narrator.say('nothing serves yet; each device asks itself the questions that nobody asks it so far');
  narrator.say(
    'production asks for a checklist; a demonstration cannot meet it, so each deploy overrides it with a reason',
  );
  await deploy(stage, packages.first, ['--waves', '100']);
  await expectEverywhere(stage, packages.first);
  narrator.say(`${fleet.devices.length} of ${fleet.devices.length} devices serve ${packages.first.title}`);
}

/** A better one, to a quarter of the fleet and then to all, while the rooms go on asking. */
export async function deployInWaves(stage: Stage): Promise<void> {
  const { packages, narrator, traffic, evidence } = stage;
  narrator.chapter(`2. A successor: ${packages.better.title}, in waves of 25 % and 100 %`);
  narrator.say(
    `a device is watched for ${soakSeconds.good} s and at least 80 requests before it confirms; then the next wave may begin`,
  );
  const rollout = await narrated(stage, deploy(stage, packages.better, ['--waves', '25,100']));
  const secondWaveMs = rollout.waves[1]?.startedMs ?? 0;
  const changes = traffic.changes.filter((change) => change.package === packages.better.title);
  const early = changes.filter((change) => change.atMs < secondWaveMs).map((change) => change.deviceId);
  const { devices } = await stage.fleet.ask(statusAnswer, 'status', '--target', stage.fleet.environment);
  const { deviceIds, text, isFair } = firstWaveOf(rollout, devices);
  evidence.add(text, isFair, deviceIds.join(', '));
  evidence.add(
    'nobody else had the successor until the first wave passed',
    early.sort().join() === [...deviceIds].sort().join(),
    early.join(', '),
  );
  await expectEverywhere(stage, packages.better);
  narrator.say(
    `rollout ${rollout.rolloutId} ${rollout.status}: ${rollout.waves.map((wave) => wave.devices).join(', then ')} devices`,
  );
}

async function deploy(
  { fleet, signal }: Pick<Stage, 'fleet' | 'signal'>,
  { file }: DemoPackage,
  waves: readonly string[],
): Promise<RolloutSummary> {
  signal.throwIfAborted();
  const options = [
    '--target',
    fleet.environment,
    '--model',
    file,
    ...waves,
    ...shortPolicyOptions('good'),
    ...overChecklist,
  ];
  const { rollout } = await fleet.ask(rolloutAnswer, 'deploy', ...options);
  return rollout;
}

/** Tells of every device that begins to answer from another package, until the work is done. */
async function narrated<T>({ traffic, narrator }: Stage, work: Promise<T>): Promise<T> {
  let told = traffic.changes.length;
  let isDone = false;
  const end = work.finally(() => {
    isDone = true;
  });
  const tell = async () => {
    while (!isDone) {
      for (const { deviceId, package: title } of traffic.changes.slice(told)) {
        narrator.say(`${deviceId} now answers from ${title}`);
        told += 1;
      }
      await sleep(100);
    }
  };
  const [result] = await Promise.all([end, tell()]);
  return result;
}

/** Asks every device itself. */
async function expectEverywhere({ fleet, evidence }: Pick<Stage, 'fleet' | 'evidence'>, { title }: DemoPackage) {
  const models = await Promise.all(fleet.devices.map(readModel));
  const right = models.filter((model) => model?.title === title && model.state === 'confirmed');
  evidence.add(
    `every device serves ${title}, confirmed`,
    right.length === models.length,
    `${right.length} of ${models.length}`,
  );
}
