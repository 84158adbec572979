import { createHash } from 'node:crypto';
import { access, chmod, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { count, LlnError, parseWith, positiveCount, text, wallClockMs } from '@liquid-lln/protocol';
import * as v from 'valibot';
import type { BackupFile, BackupFiles, BackupManifest } from '../../ports/backup.js';
import { storing } from './disk-errors.js';
import { makeFolder, syncFolder, writeDurably } from './durable-file.js';

const manifestFile = 'backup.json';
const restoringFolder = 'restoring';
/** What belongs to a data folder, beside its lock. */
const dataNames = ['fleet.db', 'fleet.db-wal', 'fleet.db-shm', 'packages', 'uploads', 'trusted', 'operator.json'];
const ownerOnly = 0o700;
const copyBytes = 1024 * 1024;

const manifestSchema: v.GenericSchema<unknown, BackupManifest> = v.strictObject({
  format: v.literal(1),
  takenMs: wallClockMs,
  schemaVersion: positiveCount,
  files: v.array(
    v.strictObject({
      // Nothing outside of the folder.
      name: v.pipe(
        text(300),
        v.regex(/^(?:fleet\.db|operator\.json|packages\/[0-9a-f]{64}\.liquid|trusted\/[^/]+\.pub)$/),
      ),
      bytes: count,
      sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
    }),
  ),
});

/** Backups as folders that look like data folders, with a list of their files. */
export const backupFolders: BackupFiles = {
  begin,
  extras,
  copy: (from, to, name) => copyFile(from, to, name),
  describe: (folder, name) => describeFile(join(folder, name), name),
  seal: (folder, manifest) =>
    storing(() => writeDurably(join(folder, manifestFile), `${JSON.stringify(manifest, null, 2)}\n`, 0o600)),
  discard: (folder) => rm(folder, { recursive: true, force: true }),
  open: openBackup,
  prepare: async (dataDir) => {
    const folder = join(dataDir, restoringFolder);
    await rm(folder, { recursive: true, force: true });
    await storing(() => makeFolder(folder));
    return folder;
  },
  look: async (dataDir) => ({
    hasStore: await exists(join(dataDir, 'fleet.db')),
    isUnfinished: await exists(join(dataDir, restoringFolder)),
  }),
  swap: (dataDir, nowMs) => storing(() => swap(dataDir, nowMs)),
};

async function begin(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  if (names.length > 0) throw new LlnError('FILE_UNWRITABLE', `${folder} is not empty`, { folder });
  await storing(() => makeFolder(folder));
  await chmod(folder, ownerOnly);
}

async function extras(dataDir: string): Promise<string[]> {
  const trusted = await readdir(join(dataDir, 'trusted')).catch(() => []);
  const keys = trusted.filter((name) => name.endsWith('.pub')).map((name) => `trusted/${name}`);
  return (await exists(join(dataDir, 'operator.json'))) ? [...keys, 'operator.json'] : keys;
}

/** Copies block by block, so that the size of a file is no matter; both ends belong to us alone. */
async function copyFile(from: string, to: string, name: string): Promise<BackupFile> {
  const target = join(to, name);
  const source = await open(join(from, name), 'r').catch((cause: unknown) => {
    throw new LlnError('FILE_UNREADABLE', `cannot read ${join(from, name)}`, { file: name }, cause);
  });
  try {
    await storing(async () => {
      await mkdir(dirname(target), { recursive: true });
      const sink = await open(target, 'w', 0o600);
      try {
        const block = Buffer.alloc(copyBytes);
        for (;;) {
          const { bytesRead } = await source.read(block, 0, copyBytes);
          if (bytesRead === 0) break;
          await sink.writeFile(block.subarray(0, bytesRead));
        }
        await sink.sync();
      } finally {
        await sink.close();
      }
      await syncFolder(dirname(target));
    });
  } finally {
    await source.close();
  }
  return describeFile(target, name);
}

async function describeFile(path: string, name: string): Promise<BackupFile> {
  const hash = createHash('sha256');
  const file = await open(path, 'r').catch((cause: unknown) => {
    throw new LlnError('FILE_UNREADABLE', `cannot read ${path}`, { file: name }, cause);
  });
  let bytes = 0;
  for await (const block of file.createReadStream()) {
    hash.update(block as Buffer);
    bytes += (block as Buffer).length;
  }
  return { name, bytes, sha256: hash.digest('hex') };
}

async function openBackup(folder: string): Promise<BackupManifest> {
  const content = await readFile(join(folder, manifestFile), 'utf8').catch((cause: unknown) => {
    throw new LlnError(
      'BACKUP_INVALID',
      `${folder} holds no whole backup: it has no ${manifestFile}`,
      { folder },
      cause,
    );
  });
  const manifest = parseWith(manifestSchema, parseJson(content), `${folder}/${manifestFile}`, 'BACKUP_INVALID');
  if (!manifest.files.some(({ name }) => name === 'fleet.db'))
    throw new LlnError('BACKUP_INVALID', `the backup ${folder} has no store`, { folder });
  for (const listed of manifest.files) {
    const found = await describeFile(join(folder, listed.name), listed.name).catch(() => null);
    if (found?.sha256 !== listed.sha256)
      throw new LlnError('BACKUP_INVALID', `${listed.name} is not what was backed up`, { file: listed.name });
  }
  return manifest;
}

function parseJson(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return null;
  }
}

/** A crash in between leaves the folder of the restored files, by which it is noticed. */
async function swap(dataDir: string, nowMs: number): Promise<string | null> {
  const restoring = join(dataDir, restoringFolder);
  const aside = join(dataDir, `before-restore-${new Date(nowMs).toISOString().replaceAll(':', '-')}`);
  const formerNames = await existing(dataDir, dataNames);
  if (formerNames.length > 0) {
    await mkdir(aside, { mode: ownerOnly });
    for (const name of formerNames) await rename(join(dataDir, name), join(aside, name));
  }
  for (const name of await existing(restoring, dataNames)) await rename(join(restoring, name), join(dataDir, name));
  await syncFolder(dataDir);
  await rm(restoring, { recursive: true });
  await syncFolder(dataDir);
  return formerNames.length > 0 ? aside : null;
}

async function existing(folder: string, names: readonly string[]): Promise<string[]> {
  const found = await Promise.all(names.map((name) => exists(join(folder, name))));
  return names.filter((_, index) => found[index]);
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
