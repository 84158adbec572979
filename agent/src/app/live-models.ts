import type { SlotName } from '@liquid-lln/protocol';
import type { LoadedModel } from '../ports/inference-engine.js';

/** A model that serves, or that served just before, with the slot that it came from. */
export interface ServingModel {
  readonly slot: SlotName;
  readonly model: LoadedModel;
}

interface Entry extends ServingModel {
  leases: number;
  isRetired: boolean;
}

/** Models for the length of one request: a swap in between takes none of them away. */
export interface ModelLease {
  readonly live: ServingModel;
  /** During a trial: the model to answer from when the live one fails. */
  readonly previous: ServingModel | null;
  /** A model that answers beside the live one, for nobody. */
  readonly candidate: ServingModel | null;
  release(): void;
}

/**
 * The models that are open. Every change is one assignment between two requests; a model that is not needed any more
 * is closed when its last request has ended.
 */
export class LiveModels {
  #live: Entry | null = null;
  #previous: Entry | null = null;
  #candidate: Entry | null = null;

  get live(): ServingModel | null {
    return this.#live;
  }

  /** The model to return to, during a trial. */
  get previous(): ServingModel | null {
    return this.#previous;
  }

  /** Takes the models for one request; null if none serves. */
  lease(): ModelLease | null {
    const live = this.#live;
    const previous = this.#previous;
    const candidate = this.#candidate;
    if (live === null) return null;
    const held = [live, previous, candidate].filter((entry) => entry !== null);
    for (const entry of held) entry.leases += 1;
    let isReleased = false;
    const release = () => {
      if (isReleased) return;
      isReleased = true;
      for (const entry of held) {
        entry.leases -= 1;
        closeIfUnused(entry);
      }
    };
    return { live, previous, candidate, release };
  }

  /** Lets `next` answer beside the live model. */
  startShadow(next: ServingModel): void {
    this.#retire(this.#candidate);
    this.#candidate = newEntry(next);
  }

  endShadow(): void {
    this.#retire(this.#candidate);
    this.#candidate = null;
  }

  /** The model that answers beside the live one. */
  get candidate(): ServingModel | null {
    return this.#candidate;
  }

  /** Serves `next`, or the candidate with the states that it has by now, on trial; what served before stays open. */
  startTrial(next: ServingModel): void {
    const isCandidate = this.#candidate?.model === next.model;
    this.#retire(this.#previous);
    this.#previous = this.#live;
    this.#live = isCandidate ? this.#candidate : newEntry(next);
    if (isCandidate) this.#candidate = null;
    else this.endShadow();
  }

  /** The live model has passed its trial. */
  confirm(): void {
    this.#retire(this.#previous);
    this.#previous = null;
  }

  /** Back to the model before the trial; none serves if there was none. */
  revert(): void {
    this.#retire(this.#live);
    this.#live = this.#previous;
    this.#previous = null;
  }

  /** Serves `next` instead of everything that is open. */
  replace(next: ServingModel | null): void {
    this.#retire(this.#live);
    this.#retire(this.#previous);
    this.endShadow();
    this.#live = next === null ? null : newEntry(next);
    this.#previous = null;
  }

  #retire(entry: Entry | null): void {
    if (entry === null) return;
    entry.isRetired = true;
    closeIfUnused(entry);
  }
}

function newEntry(serving: ServingModel): Entry {
  return { ...serving, leases: 0, isRetired: false };
}

function closeIfUnused(entry: Entry): void {
  if (entry.isRetired && entry.leases === 0) entry.model.close();
}
