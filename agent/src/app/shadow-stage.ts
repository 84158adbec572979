import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Clock, type Policy, toErrorReport } from '@liquid-lln/protocol';
import { Disagreement } from '../domain/disagreement.js';
import type { InferenceRequest } from '../domain/inference-request.js';
import { decideShadow, type ShadowView, shadowPolicyOf } from '../domain/shadow.js';
import { soundEngine } from '../domain/trial-policy.js';
import type { ModelState } from '../ports/inference-engine.js';
import type { Logger } from '../ports/logger.js';
import { HealthMonitor, type WatchedPackage } from './health-monitor.js';
import { attemptInference, sampleOf } from './inference-attempt.js';
import type { LiveModels, ServingModel } from './live-models.js';
import type { Session } from './session-table.js';

export interface ShadowStageComponents {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly models: LiveModels;
  /** Of the live package, whose readings of the machine are the candidate's as well. */
  readonly monitor: HealthMonitor;
}

interface Running {
  readonly candidate: ServingModel;
  readonly policy: Policy;
  readonly monitor: HealthMonitor;
  readonly disagreement: Disagreement;
}

/** What a client has asked and was answered from the live package. */
export interface ShadowQuestion {
  readonly candidate: ServingModel;
  readonly asked: InferenceRequest;
  /** Null for a request without one. */
  readonly session: Session | null;
  /** As it was before the client's step. */
  readonly stateLater: () => Promise<ModelState>;
  readonly liveOutputs: Float32Array;
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

  /** What is known of the candidate, held against the policy; null without one. */
  evaluate(): ShadowView | null {
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
   * Lets the candidate answer too, once the client has its answer: behind everything that the session has asked so far,
   * and before what it asks next. Questions of a session are never let go, or it would miss a step.
   */
  follow(question: ShadowQuestion): void {
    const { session } = question;
    const { model } = question.candidate;
    const lease = this.#components.models.lease();
    // One that has gone live meanwhile goes on in the session's state, and must not miss this step.
    const isOpen = lease?.candidate?.model === model || lease?.live.model === model;
    const isLetGo = session === null && (this.#running === null || this.#waiting >= waitingMax);
    if (lease === null || !isOpen || isLetGo) {
      lease?.release();
      return;
    }
    this.#waiting += 1;
    const turn = () =>
      this.#ask(question).finally(() => {
        this.#waiting -= 1;
        lease.release();
      });
    void (session === null ? turn() : session.queue.run(turn));
  }

  async #ask({ candidate: { model }, asked, session, stateLater, liveOutputs }: ShadowQuestion): Promise<void> {
    try {
      await nextTurn();
      const attempt = await attemptInference(model, await stateLater(), asked.inputs, asked.timeSteps);
      if (this.#running?.candidate.model !== model) return;
      const isStateful = session !== null || asked.isSequence;
      this.#running.monitor.onInference(model.package.digest, sampleOf(attempt, { ...asked, isStateful }, false));
      if (attempt.outputs !== null) this.#running.disagreement.add(liveOutputs, attempt.outputs);
    } catch (error) {
      this.#components.logger.debug('the candidate was not asked', { error: toErrorReport(error) });
    }
  }
}
