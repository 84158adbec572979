import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalBoard, LocalFleet, makePackages, rolloutAnswer, statusAnswer, waitFor } from '@liquid-lln/tools';
import t, { type Test } from 'tap';

// The measuring commands on real processes: two agents, a board as a Linux process, one on an emulated Cortex-M7.

const skip = LocalBoard.faultOf('posix') ?? false;
const hasQemu = LocalBoard.faultOf('mps2-an500') === null;
t.setTimeout(300_000);

interface Measured {
  readonly deviceId: string;
  readonly state: string;
  readonly result: { readonly findings: Record<string, unknown> } | null;
}

async function startFleet(t: Test): Promise<LocalFleet> {
  const folder = mkdtempSync(join(tmpdir(), 'liquid-lln-measure-'));
  const posix = await LocalBoard.start({ name: 'posix', folder, kind: 'posix' });
  const emulated = hasQemu ? await LocalBoard.start({ name: 'qemu', folder, kind: 'mps2-an500' }) : null;
  if (emulated === null) t.comment('SKIP the emulated board: qemu-system-arm or its firmware is missing');
  const boards = {
    'gw-1': [{ name: 'posix', address: posix.address }],
    ...(emulated === null ? {} : { 'gw-2': [{ name: 'qemu', address: emulated.address }] }),
  };
  const fleet = await LocalFleet.start({ folder, gateways: ['gw-1', 'gw-2'], environment: 'production', boards });
  t.teardown(async () => {
    await fleet.stop();
    await Promise.all([posix.stop(), emulated?.stop()]);
    rmSync(folder, { recursive: true });
  });
  return fleet;
}

t.test('measuring commands', { skip }, async (t) => {
  const fleet = await startFleet(t);
  const packages = await makePackages(fleet.folder, fleet.signingKey, new AbortController().signal);
  const deviceIds = ['gw-1', 'gw-1.posix', 'gw-2', ...(hasQemu ? ['gw-2.qemu'] : [])];
  await waitFor({ what: 'every device', timeoutMs: 60_000, everyMs: 300 }, async () => {
    const { devices } = await fleet.ask(statusAnswer, 'status', '--target', 'all');
    return devices.length === deviceIds.length && devices.every(({ online }) => online) ? true : null;
  });
  const settings = ['windowSeconds=5', 'windowInferencesMin=20', 'evidenceInferencesMin=20', 'heartbeatSeconds=1'];
  const limits = settings.flatMap((setting) => ['--set', setting]);
  const deploy = ['deploy', '--target', 'production', '--waves', '100', '--soak', '2s', ...limits];
  const { rollout } = await fleet.ask(rolloutAnswer, ...deploy, '--model', packages.first.file);
  t.equal(rollout.status, 'succeeded');

  const measure = async (...args: string[]) => {
    const { exitCode, document } = await fleet.cli(...args);
    return { exitCode, document: document as { devices: Measured[] } };
  };

  t.test(
    'B48: profile --metric latency has the percentiles of exactly so many inferences of each device',
    async (t) => {
      const { exitCode, document } = await measure(
        'profile',
        '--target',
        'production',
        '--metric',
        'latency',
        '--samples',
        '300',
      );
      t.equal(exitCode, 0);
      t.same(
        document.devices.map(({ deviceId }) => deviceId),
        deviceIds,
      );
      for (const { deviceId, result } of document.devices) {
        t.match(
          result?.findings,
          { errors: 0, warmUp: 30, engineUs: { count: 300 }, wholeUs: { count: 300 } },
          deviceId,
        );
      }
    },
  );

  t.test('B48: profile --metric energy says where a figure comes from, or that there is none', async (t) => {
    const { exitCode, document } = await measure(
      'profile',
      '--target',
      'gw-1',
      '--metric',
      'energy',
      '--duration',
      '2',
    );
    const [device] = document.devices;
    t.equal(device?.state, 'done');
    t.equal(exitCode, device?.result?.findings['source'] === null ? 1 : 0);
  });
});
