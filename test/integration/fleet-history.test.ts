import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventsAnswer, LocalFleet, makePackages, rolloutAnswer, waitFor } from '@liquid-lln/tools';
import t from 'tap';

t.setTimeout(180_000);

t.test(
  'B6: whoever crashes, and when: what a device has seen and what the coordinator knows become one history',
  async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'liquid-lln-history-'));
    const fleet = await LocalFleet.start({ folder, gateways: ['gw-1'], environment: 'simulation' });
    t.teardown(async () => {
      await fleet.stop();
      rmSync(folder, { recursive: true });
    });
    const packages = await makePackages(folder, fleet.signingKey, new AbortController().signal);
    const history = async () => (await fleet.ask(eventsAnswer, 'events', '--target', 'gw-1')).events;
    const starts = async () => (await history()).filter(({ body }) => body.kind === 'started').length;
    /** Waits until the coordinator knows of as many starts, and returns all that it knows. */
    const known = async (startsWanted: number) => {
      const what = `${startsWanted} starts are known`;
      await waitFor({ what, timeoutMs: 40_000 }, async () => ((await starts()) >= startsWanted ? true : null));
      return history();
    };

    const limits = ['windowSeconds=5', 'windowInferencesMin=10', 'evidenceInferencesMin=10', 'heartbeatSeconds=1'];
    const options = ['--target', 'gw-1', '--soak', '1s', ...limits.flatMap((limit) => ['--set', limit])];
    await fleet.ask(rolloutAnswer, 'deploy', '--model', packages.first.file, ...options);
    const first = await known(1);

    await fleet.killCoordinator();
    for (let crash = 0; crash < 2; crash += 1) {
      await fleet.killAgent('gw-1');
      await fleet.restartAgent('gw-1');
    }
    await fleet.startCoordinator();
    const second = await known(3);
    t.same(second.slice(0, first.length), first, 'nothing of the past has changed');

    await fleet.killAgent('gw-1');
    await fleet.killCoordinator();
    await fleet.startCoordinator();
    t.same(await history(), second, 'and nothing is lost with the coordinator');
    await fleet.restartAgent('gw-1');
    const third = await known(4);
    t.same(
      third.map(({ sequence }) => sequence),
      third.map((_, index) => index + 1),
      'each event once, in its order, with none missing',
    );
    t.equal(new Set(third.map(({ epoch }) => epoch)).size, 1);
  },
);
