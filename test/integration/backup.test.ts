import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gatewayIdSchema, parseWith } from '@liquid-lln/protocol';
import Database from 'libsql';
import t, { type Test } from 'tap';
import { CoordinatorProcess } from '../support/coordinator-process.js';
import { eventually } from '../support/eventually.js';
import { deployRequest, OperatorClient } from '../support/operator-client.js';
import { type CliRun, runCliHere } from '../support/run-cli.js';
import { startScriptedFleet } from '../support/scripted-fleet.js';
import { signedPackage } from '../support/signed-package.js';

function gateway(name: string) {
  return { kind: 'enrol' as const, gatewayId: parseWith(gatewayIdSchema, name, 'gateway id') };
}

/** Beside the folders that the fleet of a test has. */
function folderOf(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'lln-backup-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function errorOf({ stdout }: CliRun): string {
  return (JSON.parse(stdout) as { error: { code: string } }).error.code;
}

const backUp = (dataDir: string, output: string) =>
  runCliHere(['backup', '--data-dir', dataDir, '-o', output, '--json']);
const restore = (dataDir: string, from: string, ...more: string[]) =>
  runCliHere(['restore', '--data-dir', dataDir, '--from', from, '--json', ...more]);

t.test('a backup that was taken while the coordinator works is restored, and the fleet goes on from it', async (t) => {
  const fleet = await startScriptedFleet(t, 2);
  const { operator, coordinator, devices } = fleet;
  const digest = await operator.register(signedPackage());
  for (const device of devices) device.script = 'stay-on-trial';
  const { rollout } = await operator.request(deployRequest(digest, 'production', [50, 100]));
  const folder = join(folderOf(t), 'backup');
  // Commits go on while it is taken.
  const busy = Promise.all(
    Array.from({ length: 30 }, (_, index) => operator.request(gateway(`busy-${index}`), `busy-${index}`)),
  );
  const taken = await backUp(coordinator.dataDir, folder);
  await busy;
  t.equal(taken.exitCode, 0, taken.stderr);
  t.match(JSON.parse(taken.stdout), { packages: 1, folder });
  t.equal(statSync(folder).mode & 0o077, 0, 'it holds credentials: nobody else reads it');
  await operator.request(gateway('after-the-backup'));

  t.equal(errorOf(await restore(coordinator.dataDir, folder, '--replace')), 'CONFIG_INVALID', 'not while it runs');
  await coordinator.kill();
  t.equal(errorOf(await restore(coordinator.dataDir, folder)), 'FILE_UNWRITABLE', 'not over what is there');
  const restored = await restore(coordinator.dataDir, folder, '--replace');
  t.equal(restored.exitCode, 0, restored.stderr);
  t.match(JSON.parse(restored.stdout), { haltedRollouts: [rollout.rolloutId], setAside: /before-restore/ });

  await fleet.restart();
  const { entries } = await eventually('it answers', () =>
    operator.request({ kind: 'audit', limit: 1_000 }).catch(() => null),
  );
  t.notOk(entries.some(({ subject }) => subject === 'after-the-backup'));
  t.ok(entries.some(({ action }) => action === 'store-restored'));
  t.match((await operator.rollout(rollout.rolloutId)).status, 'halted', 'nothing moves by itself after a restore');
  await eventually('devices are back', () => devices.every((device) => device.isConnected));
  for (const device of devices) device.script = 'confirm';
  const again = await operator.request(deployRequest(digest, 'production', [100], 'after a restore'));
  await eventually(
    'devices follow a deploy, though they have seen later instructions than the backup knows',
    async () => (await operator.rollout(again.rollout.rolloutId)).status === 'succeeded',
  );
});

t.test('a backup makes a coordinator on a machine that has none', async (t) => {
  const { operator, coordinator } = await startScriptedFleet(t, 1);
  const digest = await operator.register(signedPackage());
  const folder = join(folderOf(t), 'backup');
  t.equal((await backUp(coordinator.dataDir, folder)).exitCode, 0);
  const dataDir = join(folderOf(t), 'other');
  t.match(JSON.parse((await restore(dataDir, folder)).stdout), { setAside: null, packages: 1 });
  const other = await CoordinatorProcess.start(dataDir);
  t.teardown(() => other.kill());
  const client = await OperatorClient.connect(other.operator);
  t.match((await client.request({ kind: 'packages' })).packages, [{ digest }]);
  t.equal(other.operator.password, coordinator.operator.password, 'operators keep their credentials');
  await client.disconnect();
});

t.test('a backup that is damaged, changed, unfinished or newer is refused, and nothing is touched', async (t) => {
  const { operator, coordinator } = await startScriptedFleet(t, 0);
  const digest = await operator.register(signedPackage());
  const dataDir = join(folderOf(t), 'restored');
  const make = async (name: string) => {
    const folder = join(folderOf(t), name);
    t.equal((await backUp(coordinator.dataDir, folder)).exitCode, 0);
    return folder;
  };
  /** Changes the store of a backup as somebody would who knows how the list of files is made. */
  const forge = async (folder: string, sql: string) => {
    const raw = new Database(join(folder, 'fleet.db'));
    raw.exec(sql);
    raw.close();
    const manifest = JSON.parse(readFileSync(join(folder, 'backup.json'), 'utf8')) as {
      files: { name: string; sha256: string }[];
    };
    for (const file of manifest.files)
      file.sha256 = createHash('sha256')
        .update(readFileSync(join(folder, file.name)))
        .digest('hex');
    writeFileSync(join(folder, 'backup.json'), JSON.stringify(manifest));
  };
  const refused = async (folder: string, code: string) => {
    t.equal(errorOf(await restore(dataDir, folder)), code);
    t.notOk(readdirSync(dataDir, { withFileTypes: true }).some(({ name }) => name === 'fleet.db'));
  };
  mkdirSync(dataDir);

  const damaged = await make('damaged');
  writeFileSync(join(damaged, `packages/${digest}.liquid`), 'something else');
  await refused(damaged, 'BACKUP_INVALID');

  const incomplete = await make('incomplete');
  rmSync(join(incomplete, 'backup.json'));
  await refused(incomplete, 'BACKUP_INVALID');

  const changed = await make('changed');
  await forge(changed, "drop trigger audit_keeps_entries; update audit set actor = 'eve' where sequence = 1");
  await refused(changed, 'STORE_CORRUPT');

  const newer = await make('newer');
  await forge(newer, 'update schema_version set version = 9999');
  await refused(newer, 'STORE_NEWER');

  t.equal(errorOf(await backUp(coordinator.dataDir, damaged)), 'FILE_UNWRITABLE', 'nor is one overwritten');
});

t.test('a restore that was cut short is noticed by the coordinator and finished by doing it again', async (t) => {
  const { operator, coordinator } = await startScriptedFleet(t, 0);
  await operator.register(signedPackage());
  const folder = join(folderOf(t), 'backup');
  t.equal((await backUp(coordinator.dataDir, folder)).exitCode, 0);
  await coordinator.kill();
  mkdirSync(join(coordinator.dataDir, 'restoring'));
  await t.rejects(CoordinatorProcess.start(coordinator.dataDir), { message: /RESTORE_UNFINISHED/ });
  t.equal((await restore(coordinator.dataDir, folder)).exitCode, 0);
  const again = await CoordinatorProcess.start(coordinator.dataDir);
  t.equal(await again.stop(), 0);
});
