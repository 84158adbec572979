import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MemberProgress, RolloutSummary } from '@liquid-lln/protocol';
import {
  eventsAnswer,
  LocalFleet,
  makePackages,
  readModel,
  rolloutAnswer,
  rolloutsAnswer,
  statusAnswer,
  Traffic,
  waitFor,
} from '@liquid-lln/tools';
import t from 'tap';

// The whole product, as an operator meets it: a coordinator and four agents as processes, the command line as a process
// for each command, a process of clients that ask every device all the time. One fleet lives through all of it.

t.setTimeout(300_000);

const gateways = ['gw-1', 'gw-2', 'gw-3', 'gw-4'];
const environment = 'production';
const target = ['--target', environment];
/** As in the demo: limits that come to a verdict in seconds. */
const limitSettings = ['windowSeconds=20', 'windowInferencesMin=60', 'evidenceInferencesMin=40', 'heartbeatSeconds=1'];
const limits = limitSettings.flatMap((setting) => ['--set', setting]);

const folder = mkdtempSync(join(tmpdir(), 'liquid-lln-end-to-end-'));
const fleet = await LocalFleet.start({ folder, gateways, environment });
const packages = await makePackages(folder, fleet.signingKey, new AbortController().signal);
let traffic: Traffic | null = null;

t.teardown(async () => {
  await traffic?.stop();
  await fleet.stop();
  rmSync(folder, { recursive: true });
});

async function deploy(file: string, ...options: string[]): Promise<RolloutSummary> {
  const { rollout } = await fleet.ask(rolloutAnswer, 'deploy', ...target, '--model', file, ...limits, ...options);
  return rollout;
}

async function findRollout({ rolloutId }: Pick<RolloutSummary, 'rolloutId'>): Promise<RolloutSummary> {
  const { rollouts } = await fleet.ask(rolloutsAnswer, 'rollouts');
  const rollout = rollouts.find((one) => one.rolloutId === rolloutId);
  if (rollout === undefined) throw new Error(`rollout ${rolloutId} is gone`);
  return rollout;
}

function untilRollout(rollout: RolloutSummary, what: string, fits: (rollout: RolloutSummary) => boolean) {
  return waitFor({ what, timeoutMs: 60_000, everyMs: 200 }, async () => {
    const now = await findRollout(rollout);
    return fits(now) ? now : null;
  });
}

function membersThat(rollout: RolloutSummary, progress: MemberProgress): string[] {
  return rollout.members.filter((member) => member.progress === progress).map((member) => member.deviceId);
}

function models(): Promise<(string | undefined)[]> {
  return Promise.all(fleet.devices.map(async (device) => (await readModel(device))?.title));
}

t.test('one command brings a package from its file to every device', async (t) => {
  const rollout = await deploy(packages.first.file, '--waves', '100', '--soak', '2s');
  t.equal(rollout.status, 'succeeded');
  t.same(membersThat(rollout, 'confirmed').sort(), gateways);
  t.same(
    await models(),
    gateways.map(() => packages.first.title),
  );
  traffic = Traffic.start(fleet.devices, { logFile: join(folder, 'sensors.log'), seed: 1, rateOf: () => 30 });
});

t.test(
  'B1: a package that is written, and even on trial, is not an update; the agent is killed before it is one',
  async (t) => {
    const begun = await deploy(packages.better.file, '--waves', '25,100', '--soak', '10m', '--no-wait');
    const onTrial = await untilRollout(begun, 'a device on trial', (one) => membersThat(one, 'trial').length > 0);
    t.same(membersThat(onTrial, 'confirmed'), []);
    t.equal(onTrial.status, 'running');
    const [device = ''] = membersThat(onTrial, 'trial');
    await traffic?.stop(); // its clients would count the dead agent's refusals
    await fleet.killAgent(device);
    await fleet.restartAgent(device);
    const halted = await untilRollout(begun, 'the rollout is halted', (one) => one.status === 'halted');
    t.same(membersThat(halted, 'confirmed'), []);
    t.same(membersThat(halted, 'reverted'), [device]);
    t.same(
      await models(),
      gateways.map(() => packages.first.title),
      'the interrupted trial was not resumed',
    );
    traffic = Traffic.start(fleet.devices, { logFile: join(folder, 'sensors.log'), seed: 2, rateOf: () => 30 });
  },
);

t.test('B8: waves of 25 % and 100 % of four devices are one device, then all four, the one among them', async (t) => {
  const again = ['--override', '--reason', 'the trial was interrupted'];
  const rollout = await deploy(packages.better.file, '--waves', '25,100', '--soak', '2s', ...again);
  t.equal(rollout.status, 'succeeded');
  t.same(
    rollout.waves.map((wave) => wave.devices),
    [1, 4],
  );
  const secondWaveMs = rollout.waves[1]?.startedMs ?? 0;
  const changes = traffic?.changes.filter((change) => change.package === packages.better.title) ?? [];
  const early = changes.filter((change) => change.atMs < secondWaveMs).map((change) => change.deviceId);
  t.same(
    early,
    rollout.members.filter((member) => member.waveIndex === 0).map((member) => member.deviceId),
    'one device alone answered from it until its wave had passed',
  );
  t.same(
    await models(),
    gateways.map(() => packages.better.title),
  );
});

t.test('B22: with the coordinator killed, a device on trial takes a bad package back by itself', async (t) => {
  const begun = await deploy(packages.tooSlow.file, '--waves', '25,100', '--soak', '60s', '--no-wait');
  const isTried = (title: string) => title === packages.tooSlow.title;
  const tried = await waitFor({ what: 'a device tries it', timeoutMs: 30_000, everyMs: 20 }, () => {
    return traffic?.changes.find((change) => isTried(change.package)) ?? null;
  });
  await fleet.killCoordinator();
  const back = await waitFor({ what: 'it goes back', timeoutMs: 60_000 }, () => {
    return traffic?.changes.find((change) => change.deviceId === tried.deviceId && change.atMs > tried.atMs) ?? null;
  });
  t.equal(back.package, packages.better.title);
  await fleet.startCoordinator();

  t.test('B5: the coordinator learns of it when it returns, halts, and wants it of nobody', async (t) => {
    const halted = await untilRollout(begun, 'the rollout is halted', (one) => one.status === 'halted');
    t.same(membersThat(halted, 'reverted'), [tried.deviceId]);
    t.same(
      membersThat(halted, 'pending').sort(),
      gateways.filter((gateway) => gateway !== tried.deviceId),
    );
    const { devices } = await fleet.ask(statusAnswer, 'status', ...target);
    t.same(
      devices.filter(({ desired }) => desired?.version === '1.2.0'),
      [],
    );
    const { events } = await fleet.ask(eventsAnswer, 'events', ...target);
    const reverts = events.flatMap(({ body }) => (body.kind === 'reverted' && body.cause === 'policy' ? [body] : []));
    t.match(reverts, [{ package: { version: '1.2.0' }, breach: { metric: 'latency' }, requestsFailed: 0 }]);
    t.ok(
      reverts.every(({ tripToServingMs }) => tripToServingMs <= 2_000),
      'B27: served again within two seconds',
    );
  });

  t.test('B5: the same package is refused from then on, but for an explicit override', async (t) => {
    const options = ['deploy', ...target, '--model', packages.tooSlow.file, '--waves', '25', '--no-wait', ...limits];
    const refused = await fleet.cli(...options);
    t.equal(refused.exitCode, 3);
    t.match(refused.document, { error: { code: 'PACKAGE_QUARANTINED' } });
    const { rollout } = await fleet.ask(rolloutAnswer, ...options, '--override', '--reason', 'to see it again');
    t.equal(rollout.status, 'running');
    const stopped = await fleet.ask(rolloutsAnswer, 'stop', '--rollout', rollout.rolloutId, '--reason', 'seen enough');
    t.same(
      stopped.rollouts.map((one) => one.status),
      ['halted'],
    );
  });
});

t.test('through all of it no client was left without an answer', async (t) => {
  await traffic?.stop();
  t.same(traffic?.failures, []);
  t.ok(traffic?.counts.every(({ served, failed }) => served > 100 && failed === 0));
});
