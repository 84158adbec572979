import { join } from 'node:path';
import { type Generation, generationSchema, LlnError, parseWith } from '@liquid-lln/protocol';
import { isOpen } from '../domain/rollout.js';
import { haltRollout } from '../domain/rollout-machine.js';
import type { FleetChange, FleetSnapshot, FleetStore } from '../ports/fleet-store.js';
import type { LeaderLock } from '../ports/leader-lock.js';
import { type BackupComponents, type BackupSummary, checkPackages, storeFile, summarize } from './backup.js';
import { leadAtOnce } from './stand-by.js';

export interface RestoreComponents extends BackupComponents {
  readonly lock: LeaderLock;
  readonly openStore: (path: string) => Promise<FleetStore>;
}

export interface RestoreInit {
  readonly backup: string;
  readonly dataDir: string;
  /** Whether a store that is there may be replaced. */
  readonly replace: boolean;
  /** Who does it, for the audit log. */
  readonly actor: string;
}

export interface RestoreSummary extends BackupSummary {
  /** Where the content of the data folder from before is; null where there was none. */
  readonly setAside: string | null;
  /** Rollouts that were open when the backup was taken, and are halted now. */
  readonly haltedRollouts: readonly string[];
}

/**
 * Devices may have seen newer instructions than the backup knows, and take nothing that is not newer still. A fleet that
 * makes one a second needs eleven days for so many.
 */
const generationLeap = 1_000_000;

/**
 * Puts a backup into a data folder that no coordinator works on, after everything in it was checked.
 * @throws LlnError BACKUP_INVALID, STORE_CORRUPT, STORE_NEWER, CONFIG_INVALID if a coordinator runs, FILE_UNWRITABLE if
 * there is a store that may not be replaced. The data folder is as it was then.
 */
export async function restore(components: RestoreComponents, init: RestoreInit): Promise<RestoreSummary> {
  const { files, lock } = components;
  const manifest = await files.open(init.backup);
  const held = await leadAtOnce(lock, init.dataDir);
  try {
    const { hasStore, isUnfinished } = await files.look(init.dataDir);
    if (hasStore && !isUnfinished && !init.replace)
      throw new LlnError('FILE_UNWRITABLE', `${init.dataDir} has a store already; --replace sets it aside`);
    const prepared = await files.prepare(init.dataDir);
    const copied = [];
    for (const { name } of manifest.files) copied.push(await files.copy(init.backup, prepared, name));
    const facts = await components.stores.inspect(join(prepared, storeFile));
    checkPackages(copied, facts);
    const haltedRollouts = await beginAnew(components, init, join(prepared, storeFile), manifest.takenMs);
    const setAside = await files.swap(init.dataDir, components.clock.wallMs());
    return { ...summarize(init.backup, manifest, facts), setAside, haltedRollouts };
  } finally {
    await held.release();
  }
}

/** What the store has to know before anybody leads with it: that time has passed without it. */
async function beginAnew(
  { openStore, clock }: RestoreComponents,
  { actor }: RestoreInit,
  path: string,
  takenMs: number,
): Promise<string[]> {
  const store = await openStore(path);
  try {
    const nowMs = clock.wallMs();
    const snapshot = await store.load();
    const halted = snapshot.rollouts.filter(isOpen);
    await store.commit(changesAfterRestore(snapshot, { actor, takenMs, nowMs }));
    return halted.map(({ rolloutId }) => rolloutId);
  } finally {
    await store.close();
  }
}

/** Later generations than any that devices may have seen, and no rollout that goes on from what is long past. */
function changesAfterRestore(
  { generation, rollouts }: FleetSnapshot,
  { actor, takenMs, nowMs }: { readonly actor: string; readonly takenMs: number; readonly nowMs: number },
): FleetChange[] {
  const taken = new Date(takenMs).toISOString();
  const reason = `the store was restored from a backup of ${taken}`;
  const halted = rollouts.filter(isOpen);
  const next: Generation = parseWith(generationSchema, generation + generationLeap, 'generation');
  const detail = `as of ${taken}; generation ${next}; ${halted.length} open rollouts halted`;
  return [
    { kind: 'put-generation', generation: next },
    ...halted.map((rollout) => ({ kind: 'put-rollout' as const, rollout: haltRollout(rollout, reason, nowMs) })),
    {
      kind: 'add-audit',
      entry: { atMs: nowMs, actor, action: 'store-restored', subject: 'store', reason: null, detail },
    },
  ];
}
