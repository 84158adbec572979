import { type Clock, LlnError, type Policy, type SlotName, toErrorReport } from '@liquid-lln/protocol';
import type { Step } from '../domain/deployment.js';
import type { SlotEvent } from '../domain/slot-machine.js';
import { baselineOf, installedIn, rollbackTarget, standbySlot } from '../domain/store-record.js';
import type { EngineActivation, InferenceEngine } from '../ports/inference-engine.js';
import type { Logger } from '../ports/logger.js';
import type { HealthMonitor } from './health-monitor.js';
import type { InferenceService } from './inference-service.js';
import type { LiveModels, ServingModel } from './live-models.js';
import type { ShadowStage } from './shadow-stage.js';
import type { SlotStore } from './slot-store.js';

export interface PackageSwitchComponents {
  readonly store: SlotStore;
  readonly engine: InferenceEngine;
  readonly activation: EngineActivation;
  readonly models: LiveModels;
  readonly monitor: HealthMonitor;
  readonly service: InferenceService;
  readonly shadow: ShadowStage;
  readonly clock: Clock;
  readonly logger: Logger;
}

type Revert = Extract<Step, { kind: 'revert' }>;

/** Changes which package serves: the record first, then the models between two inferences, then what runs them. */
export class PackageSwitch {
  readonly #components: PackageSwitchComponents;
  /** From the last decision to go back to the first moment at which the other package served; null if there was none. */
  tripToServingMs: number | null = null;
  #countsBefore = { served: 0, failed: 0 };

  constructor(components: PackageSwitchComponents) {
    this.#components = components;
  }

  /** At the start: serves what the record says is live. */
  async open(): Promise<void> {
    const { store, models, logger } = this.#components;
    const slot = store.record.live;
    if (slot === null) return;
    try {
      models.replace(await this.#load(slot));
    } catch (error) {
      logger.error('the live package cannot be opened', { slot, error: toErrorReport(error) });
    }
    this.#watchLive();
  }

  /** Lets the standby slot's package answer beside the live one, for nobody. */
  async startShadow(policy: Policy): Promise<void> {
    const { store, models, monitor, shadow } = this.#components;
    const { live } = models;
    const slot = standbySlot(store.record);
    if (live === null) throw new LlnError('NO_LIVE_PACKAGE', 'there is no package for a candidate to answer beside');
    const candidate = await this.#load(slot);
    models.startShadow(candidate);
    const { digest, manifest } = candidate.model.package;
    const baseline = monitor.baseline ?? baselineOf(installedIn(store.record, store.record.live));
    shadow.start(candidate, live, { digest, slot, manifest, policy, baseline });
  }

  endShadow(): void {
    this.#components.shadow.end();
    this.#components.models.endShadow();
  }

  /** Makes the standby slot live, on trial, beside the package that served before. */
  async startTrial(policy: Policy): Promise<void> {
    const { store, monitor } = this.#components;
    const baseline = monitor.baseline ?? baselineOf(installedIn(store.record, store.record.live));
    await this.#goLive({ kind: 'trial-started', policy, baseline });
  }

  /** The same, only to go back. */
  async startDrill(policy: Policy): Promise<void> {
    await this.#goLive({ kind: 'drill-started', policy });
  }

  async #goLive(event: Extract<SlotEvent, { kind: 'trial-started' | 'drill-started' }>): Promise<void> {
    const { store, models, activation, shadow } = this.#components;
    // What has answered beside the live package knows the sessions by now.
    const next = models.candidate ?? (await this.#load(standbySlot(store.record)));
    try {
      await store.commit(event);
    } catch (error) {
      if (next !== models.candidate) next.model.close();
      throw error;
    }
    shadow.end();
    models.startTrial(next);
    this.#watchLive();
    await activation.align();
  }

  async confirm(evidence: number, soakedSeconds: number): Promise<void> {
    const { store, models, monitor, activation } = this.#components;
    await store.commit({ kind: 'confirmed', evidence, soakedSeconds });
    models.confirm();
    monitor.endTrial();
    await activation.align();
  }

  /**
   * Leaves the live package for the one before it. A disk that refuses does not hold it up.
   * @throws LlnError NOTHING_TO_ROLL_BACK_TO if a confirmed package has no good one beside it after all.
   */
  async revert({ cause, breach, detail, isQuarantined }: Revert): Promise<void> {
    const { store, models, clock, activation } = this.#components;
    const decidedMs = clock.monotonicMs();
    const isTrial = store.record.trial !== null;
    const target = isTrial ? null : await this.#loadTarget();
    await store.commitAnyway({ kind: 'revert-decided', cause, breach, detail, isQuarantined });
    if (isTrial) models.revert();
    else models.replace(target);
    await activation.align();
    await this.#report(clock.monotonicMs() - decidedMs);
  }

  /** Reports a return that was decided before the agent stopped; its target serves already. */
  async completeRevert(): Promise<void> {
    const { store, clock } = this.#components;
    const decidedAtMs = store.record.revert?.decidedAtMs ?? clock.wallMs();
    await this.#report(Math.max(0, clock.wallMs() - decidedAtMs));
  }

  async #report(tripToServingMs: number): Promise<void> {
    const { store, service } = this.#components;
    const requestsServed = service.counts.served - this.#countsBefore.served;
    const requestsFailed = service.counts.failed - this.#countsBefore.failed;
    this.tripToServingMs = tripToServingMs;
    this.#watchLive();
    await store.commitAnyway({ kind: 'revert-completed', tripToServingMs, requestsServed, requestsFailed });
  }

  async #loadTarget(): Promise<ServingModel> {
    const { store } = this.#components;
    const target = rollbackTarget(store.record);
    if (target === null) throw new LlnError('NOTHING_TO_ROLL_BACK_TO', 'the other slot holds no package to return to');
    try {
      return await this.#load(target);
    } catch (error) {
      const detail = `the package to return to is damaged: ${toErrorReport(error).message}`;
      await store.commit({ kind: 'standby-lost', detail });
      throw new LlnError('NOTHING_TO_ROLL_BACK_TO', detail, { slot: target }, error);
    }
  }

  /** Opens a slot's package, checked anew: what was verified once may have rotted on the disk. */
  async #load(slot: SlotName): Promise<ServingModel> {
    const { store, engine } = this.#components;
    const file = await store.readSlot(slot);
    if (file === null) throw new LlnError('STORAGE_FAILED', `slot ${slot} has no file`, { slot });
    const model = engine.load(file);
    const promised = installedIn(store.record, slot)?.package.digest;
    if (model.package.digest === promised) return { slot, model };
    model.close();
    throw new LlnError('PACKAGE_DIGEST_MISMATCH', `slot ${slot} holds another package than its record says`, { slot });
  }

  #watchLive(): void {
    const { store, models, monitor, service } = this.#components;
    const { live } = models;
    const content = installedIn(store.record, live?.slot ?? null);
    this.#countsBefore = service.counts;
    if (live === null || content === null) {
      monitor.watch(null);
      return;
    }
    const { digest, manifest } = live.model.package;
    const { policy, state } = content;
    const baseline = baselineOf(content);
    const isDrill = store.record.drill?.slot === live.slot;
    monitor.watch({ digest, slot: live.slot, manifest, policy, baseline, isOnTrial: state === 'trial', isDrill });
  }
}
