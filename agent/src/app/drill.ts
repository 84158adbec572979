import { type Digest, LlnError } from '@liquid-lln/protocol';
import { drillContent, drillPolicy } from '../domain/drill.js';
import type { EngineActivation } from '../ports/inference-engine.js';
import type { PackageChecker } from '../ports/package-checker.js';
import type { Storage } from '../ports/storage.js';
import { checkRoom } from './incoming-package.js';
import type { PackageSwitch } from './package-switch.js';
import { type SlotStore, slotPath } from './slot-store.js';

/** A copy of what the drill's slot held: leaving a trial removes its file. */
const asidePath = 'drill.liquid';

/** Where somebody asks for a drill, and hears that its trial serves or why it does not. */
export class DrillDesk {
  #asked: { resolve(): void; reject(error: unknown): void } | null = null;

  get isWanted(): boolean {
    return this.#asked !== null;
  }

  /** @param wake tells who plans. @returns when the trial serves. @throws what kept it from that; the signal's reason */
  ask(wake: () => void, signal: AbortSignal): Promise<void> {
    if (this.#asked !== null) throw new LlnError('DEVICE_BUSY', 'a drill is about to begin already');
    signal.throwIfAborted();
    return new Promise((resolve, reject) => {
      const leave = () => this.settle(signal.reason);
      signal.addEventListener('abort', leave, { once: true });
      const end = (then: () => void) => {
        signal.removeEventListener('abort', leave);
        this.#asked = null;
        then();
      };
      this.#asked = { resolve: () => end(resolve), reject: (error) => end(() => reject(error)) };
      wake();
    });
  }

  /** @param error null if the trial serves. */
  settle(error: unknown): void {
    if (error === null) this.#asked?.resolve();
    else this.#asked?.reject(error);
  }
}

export interface DrillComponents {
  readonly store: SlotStore;
  readonly storage: Storage;
  readonly checker: PackageChecker;
  readonly packages: PackageSwitch;
  readonly activation: EngineActivation;
  readonly drills: DrillDesk;
  /** Shown as what the device does. */
  readonly progress: { verifying: Digest | null };
}

/** What keeps a drill from its beginning is told to who asked, and changes nothing. */
export async function startDrill(components: DrillComponents, signal: AbortSignal): Promise<void> {
  const { drills } = components;
  try {
    await begin(components, signal);
    drills.settle(null);
  } catch (error) {
    drills.settle(error);
  }
}

/** The package is staged anew: put aside, and tried in a process of its own, on a board by the board. */
async function begin({ store, storage, checker, packages, progress }: DrillComponents, signal: AbortSignal) {
  const drill = drillContent(store.record);
  if (drill === null) throw new LlnError('SLOT_EMPTY', 'there is no package beside the live one to try');
  const { slot, content } = drill;
  const { digest } = content.package;
  const file = await store.readSlot(slot);
  if (file === null) throw new LlnError('STORAGE_FAILED', `slot ${slot} has no file`, { slot });
  await checkRoom(storage, { ...content.package, sizeBytes: file.length });
  await storage.writeDurable(asidePath, file);
  progress.verifying = digest;
  try {
    await checker.check(slotPath(slot), digest, signal);
  } finally {
    progress.verifying = null;
  }
  await packages.startDrill(drillPolicy(content));
}

/** It needs no room on the disk, and is repeated until it is through: an agent may be killed at any moment of it. */
export async function endDrill({ store, storage, activation }: DrillComponents): Promise<void> {
  const { drill } = store.record;
  if (drill === null) return;
  if ((await storage.read(asidePath)) !== null) await storage.rename(asidePath, slotPath(drill.slot));
  await store.commit({ kind: 'drill-ended', isRestored: (await store.readSlot(drill.slot)) !== null });
  await activation.align();
}
