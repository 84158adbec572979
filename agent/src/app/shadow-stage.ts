import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Clock, type Policy, toErrorReport } from '@liquid-lln/protocol';
import { Disagreement } from '../domain/disagreement.js';
import type { InferenceSample } from '../domain/inference-sample.js';
import { decideShadow, type ShadowView, shadowPolicyOf } from '../domain/shadow.js';
import { soundEngine } from '../domain/trial-policy.js';
import type { Logger } from '../ports/logger.js';
import { HealthMonitor, type WatchedPackage } from './health-monitor.js';
import type { ServingModel } from './live-models.js';

export interface ShadowStageComponents {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Of the live package, whose readings of the machine are the candidate's as well. */
  readonly monitor: HealthMonitor;
}

interface Running {
  readonly candidate: ServingModel;
  readonly policy: Policy;
  readonly monitor: HealthMonitor;
  readonly disagreement: Disagreement;
}

/** One answer of the candidate beside that of the live package. */
export interface ShadowAnswer {
  readonly sample: InferenceSample;
  readonly liveOutputs: Float32Array;
  /** Null if the candidate gave none. */
  readonly outputs: Float32Array | null;
}

/** Requests without a session that wait for the candidate; more are let go. */
const waitingMax = 32;

/**
 * A candidate that answers what clients ask, after they have been answered from the live package. What a meter of the
 * machine shows while both run is the energy of neither: it is not held against the candidate before its trial.
 */
export class ShadowStage {
  readonly #components: ShadowStageComponents;
  #running: Running | null = null;
  #waiting = 0;

  constructor(components: ShadowStageComponents) {
    this.#components = components;
  }

  /** Begins to watch a candidate, with empty windows. */
  start(candidate: ServingModel, live: ServingModel, subject: Omit<WatchedPackage, 'isOnTrial'>): void {
    const { clock, monitor: ofLive } = this.#components;
    const sensors = { read: () => ({ ...ofLive.readings, energyMw: null }) };
    const monitor = new HealthMonitor({ clock, sensors, activation: { condition: soundEngine } });
    const policy = shadowPolicyOf(subject.policy);
    monitor.watch({ ...subject, policy, isOnTrial: true });
    const disagreement = new Disagreement(live.model.package.manifest, candidate.model.package.manifest);
    this.#running = { candidate, policy, monitor, disagreement };
  }

  end(): void {
    this.#running = null;
  }

  get isRunning(): boolean {
    return this.#running !== null;
  }

  /** Takes over what the sensors say; call it at a steady pace. */
  sample(): void {
    this.#running?.monitor.sample();
  }

  /** What is known of the candidate; null without one. */
  get view(): ShadowView | null {
    if (this.#running === null) return null;
    const { candidate, monitor, policy, disagreement } = this.#running;
    const progress = monitor.trialProgress;
    const watched = monitor.decide();
    if (progress === null || watched === null) return null;
    const { figures } = disagreement;
    const decision = decideShadow(watched, figures, policy);
    return { digest: candidate.model.package.digest, progress, disagreement: figures, decision };
  }

  /**
   * Lets the candidate answer once its turn has come, and takes what it says.
   * @param isSession whether the next request waits for it: such ones are never let go, or the session would miss a step.
   */
  async answer(isSession: boolean, ask: () => Promise<ShadowAnswer | null>): Promise<void> {
    const running = this.#running;
    if (running === null || (!isSession && this.#waiting >= waitingMax)) return;
    this.#waiting += 1;
    try {
      await nextTurn();
      const answer = await ask();
      if (answer !== null) take(running, answer);
    } catch (error) {
      this.#components.logger.debug('the candidate was not asked', { error: toErrorReport(error) });
    } finally {
      this.#waiting -= 1;
    }
  }
}

function take({ candidate, monitor, disagreement }: Running, { sample, liveOutputs, outputs }: ShadowAnswer): void {
  monitor.onInference(candidate.model.package.digest, sample);
  if (outputs !== null) disagreement.add(liveOutputs, outputs);
}
