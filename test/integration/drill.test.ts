import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DeviceEvent, MeasuredDevice, VerifyFindings } from '@liquid-lln/protocol';
import { LocalBoard, LocalFleet, makePackages, rolloutAnswer, statusAnswer, waitFor } from '@liquid-lln/tools';
import t, { type Test } from 'tap';

// The rollback drill on real processes: a gateway, a board as a Linux process, one on an emulated Cortex-M7.

const skip = LocalBoard.faultOf('posix') ?? false;
const hasQemu = LocalBoard.faultOf('mps2-an500') === null;
const deviceIds = ['gw-1', 'gw-1.posix', ...(hasQemu ? ['gw-1.qemu'] : [])];
t.setTimeout(240_000);

async function startFleet(t: Test): Promise<LocalFleet> {
  const folder = mkdtempSync(join(tmpdir(), 'liquid-lln-drill-'));
  const posix = await LocalBoard.start({ name: 'posix', folder, kind: 'posix' });
  const emulated = hasQemu ? await LocalBoard.start({ name: 'qemu', folder, kind: 'mps2-an500' }) : null;
  if (emulated === null) t.comment('SKIP the emulated board: qemu-system-arm or its firmware is missing');
  const boards = {
    'gw-1': [
      { name: 'posix', address: posix.address },
      ...(emulated === null ? [] : [{ name: 'qemu', address: emulated.address }]),
    ],
  };
  const fleet = await LocalFleet.start({ folder, gateways: ['gw-1'], environment: 'staging', boards });
  t.teardown(async () => {
    await fleet.stop();
    await Promise.all([posix.stop(), emulated?.stop()]);
    rmSync(folder, { recursive: true });
  });
  await waitFor({ what: 'every device', timeoutMs: 60_000, everyMs: 300 }, async () => {
    const { devices } = await fleet.ask(statusAnswer, 'status', '--target', 'all');
    return devices.length === deviceIds.length && devices.every(({ online }) => online) ? true : null;
  });
  return fleet;
}

t.test(
  'in a drill every device goes back by itself, asked all the time, and its slots are as before',
  { skip },
  async (t) => {
    const fleet = await startFleet(t);
    const { first, better } = await makePackages(fleet.folder, fleet.signingKey, new AbortController().signal);
    const limits = ['windowInferencesMin=20', 'evidenceInferencesMin=20'].flatMap((limit) => ['--set', limit]);
    for (const { file } of [first, better]) {
      const how = ['--waves', '100', '--soak', '1s', ...limits];
      const { rollout } = await fleet.ask(rolloutAnswer, 'deploy', '--target', 'staging', '--model', file, ...how);
      t.equal(rollout.status, 'succeeded');
    }
    const slotsOf = async () => {
      const { devices } = await fleet.ask(statusAnswer, 'status', '--target', 'all');
      return devices.map(({ reported }) => reported?.slots);
    };
    const before = await slotsOf();
    const verified = await fleet.cli('verify', '--target', 'staging', '--test-suite', 'integration');
    const { devices } = verified.document as { devices: MeasuredDevice[] };
    t.equal(verified.exitCode, 0);
    t.same(
      devices.map(({ deviceId }) => deviceId),
      deviceIds,
    );
    for (const { deviceId, result } of devices) {
      const { checks, drill } = (result?.findings ?? { checks: [] }) as VerifyFindings;
      t.match(checks.at(-1), { name: 'drill', state: 'passed', unit: 'ms' }, `${deviceId}: ${checks.at(-1)?.detail}`);
      t.match(drill, { requestsLost: 0, failedMeanwhile: 0, served: { name: 'occupancy-ltc' } }, deviceId);
      t.ok((drill?.requestsMade ?? 0) >= 10, `${deviceId} was asked ${drill?.requestsMade} times`);
      t.comment(`${deviceId}: ${drill?.trialSeconds} s on trial, back in ${drill?.tripToServingMs} ms`);
    }
    t.same(await slotsOf(), before, 'the way back is where it was');
    const kept = await fleet.cli('verify', '--target', 'staging', '--test-suite', 'integration', '--last');
    t.match(kept.document, { verifications: deviceIds.map(() => ({ drill: { requestsLost: 0 } })) });
    const { document: told } = await fleet.cli('events', '--target', 'staging', '--limit', '200');
    const ofDrills = (told as { events: DeviceEvent[] }).events.filter(
      ({ body }) => body.kind === 'reverted' && body.cause === 'drill',
    );
    t.same(ofDrills.map(({ deviceId }) => deviceId).sort(), deviceIds, 'the history of each device has it');
    const { document: alerts } = await fleet.cli('alerts');
    t.same((alerts as { alerts: unknown[] }).alerts, [], 'nobody is called for it');
  },
);
