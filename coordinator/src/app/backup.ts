import { join } from 'node:path';
import { type Clock, LlnError } from '@liquid-lln/protocol';
import type { BackupFile, BackupFiles, BackupManifest, StoreCopies, StoreFacts } from '../ports/backup.js';

export const storeFile = 'fleet.db';

export interface BackupComponents {
  readonly stores: StoreCopies;
  readonly files: BackupFiles;
  readonly clock: Clock;
}

export interface BackupSummary {
  readonly folder: string;
  readonly takenMs: number;
  readonly files: number;
  readonly bytes: number;
  readonly packages: number;
  readonly auditEntries: number;
}

/**
 * Backs a data folder up, whether or not a coordinator works on it: first the store as of one moment, then the packages
 * that it names, which never change and were on disk before they were named.
 * @throws LlnError; nothing is left of a backup that failed
 */
export async function backUp(components: BackupComponents, dataDir: string, folder: string): Promise<BackupSummary> {
  const { stores, files, clock } = components;
  if (!(await files.look(dataDir)).hasStore)
    throw new LlnError('FILE_UNREADABLE', `${dataDir} is no data folder of a coordinator: it has no ${storeFile}`);
  await files.begin(folder);
  try {
    const takenMs = clock.wallMs();
    await stores.copy(join(dataDir, storeFile), join(folder, storeFile));
    const facts = await stores.inspect(join(folder, storeFile));
    const copied = [await files.describe(folder, storeFile)];
    for (const name of [...packageFiles(facts), ...(await files.extras(dataDir))])
      copied.push(await files.copy(dataDir, folder, name));
    checkPackages(copied, facts);
    await files.seal(folder, { format: 1, takenMs, schemaVersion: facts.schemaVersion, files: copied });
    return summarize(folder, { takenMs, files: copied }, facts);
  } catch (thrown) {
    await files.discard(folder);
    throw thrown;
  }
}

export function summarize(
  folder: string,
  { takenMs, files }: Pick<BackupManifest, 'takenMs' | 'files'>,
  facts: StoreFacts,
): BackupSummary {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const { auditEntries } = facts;
  return { folder, takenMs, files: files.length, bytes, packages: facts.packages.length, auditEntries };
}

function packageFiles({ packages }: StoreFacts): string[] {
  return packages.map((digest) => `packages/${digest}.liquid`);
}

/** @throws LlnError BACKUP_INVALID if the store names a package that is not there */
export function checkPackages(files: readonly BackupFile[], facts: StoreFacts): void {
  const names = new Set(files.map(({ name }) => name));
  const missing = packageFiles(facts).find((name) => !names.has(name));
  if (missing !== undefined) throw new LlnError('BACKUP_INVALID', `${missing} is missing`, { file: missing });
}
