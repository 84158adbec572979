import { LlnError, type MeasuredSlot, type SlotName } from '@liquid-lln/protocol';
import { type InstalledSlot, installedIn } from '../../domain/store-record.js';
import type { InferenceEngine, LoadedModel } from '../../ports/inference-engine.js';
import type { LiveModels } from '../live-models.js';
import type { SlotStore } from '../slot-store.js';

/** The package that is measured, open until it is released. */
export interface Subject {
  readonly slot: SlotName;
  readonly state: InstalledSlot['state'];
  readonly model: LoadedModel;
  /** Whether it serves clients. */
  readonly isLive: boolean;
  /** @throws LlnError MEASUREMENT_INTERRUPTED if the slot holds, or serves, something else by now */
  check(): void;
  release(): void;
}

export interface SubjectComponents {
  readonly store: SlotStore;
  readonly models: LiveModels;
  readonly engine: InferenceEngine;
}

/**
 * Opens what serves, or the verified package of a slot that serves nobody: it runs beside the other one.
 * @throws LlnError NO_LIVE_PACKAGE, SLOT_EMPTY
 */
export async function openSubject(components: SubjectComponents, wanted: MeasuredSlot): Promise<Subject> {
  const { models } = components;
  const live = models.live?.slot ?? null;
  if (wanted === 'live' || wanted === live) return leaseLive(components);
  return openStandby(components, wanted);
}

function leaseLive({ store, models }: SubjectComponents): Subject {
  const lease = models.lease();
  if (lease === null) throw new LlnError('NO_LIVE_PACKAGE', 'no package is live on this device');
  const { slot, model } = lease.live;
  const check = () => {
    if (models.live?.model !== model) throw changed(slot);
  };
  const state = installedIn(store.record, slot)?.state ?? 'confirmed';
  return { slot, state, model, isLive: true, check, release: () => lease.release() };
}

async function openStandby({ store, engine }: SubjectComponents, slot: SlotName): Promise<Subject> {
  const content = installedIn(store.record, slot);
  const file = content === null ? null : await store.readSlot(slot);
  if (content === null || file === null)
    throw new LlnError('SLOT_EMPTY', `the ${slot} slot holds no package that is ready`, { slot });
  const model = engine.load(file);
  const check = () => {
    if (installedIn(store.record, slot)?.package.digest !== model.package.digest) throw changed(slot);
  };
  return { slot, state: content.state, model, isLive: false, check, release: () => model.close() };
}

function changed(slot: SlotName): LlnError {
  return new LlnError('MEASUREMENT_INTERRUPTED', `the package of the ${slot} slot changed while it was measured`);
}
