import { isLlnError } from '@liquid-lln/protocol';
import { probesDue } from '../domain/probe-plan.js';
import type { LoadedModel } from '../ports/inference-engine.js';
import { GoldenRow } from './golden-row.js';
import type { HealthMonitor } from './health-monitor.js';
import type { InferenceService } from './inference-service.js';
import type { LiveModels } from './live-models.js';

export interface ProberComponents {
  readonly models: LiveModels;
  readonly service: InferenceService;
  readonly monitor: HealthMonitor;
}

/** Makes the evidence of a trial where live traffic does not: labelled, in a state of its own. */
export class Prober {
  readonly #components: ProberComponents;
  #row: GoldenRow | null = null;
  #isProbing = false;

  constructor(components: ProberComponents) {
    this.#components = components;
  }

  /** The probes of one second; none if those of the second before have not ended, or if nothing answers. */
  async tick(): Promise<void> {
    if (this.#isProbing) return;
    this.#isProbing = true;
    try {
      await this.#probeAll();
    } catch (error) {
      if (!isLlnError(error, 'BOARD_UNREACHABLE')) throw error;
    } finally {
      this.#isProbing = false;
    }
  }

  async #probeAll(): Promise<void> {
    const { models, monitor } = this.#components;
    const progress = monitor.trialProgress;
    const lease = models.lease();
    try {
      if (progress === null || lease === null) return;
      const { model } = lease.live;
      for (let due = probesDue(progress, monitor.policy); due > 0; due -= 1) await this.#probe(model);
    } finally {
      lease?.release();
    }
  }

  async #probe(model: LoadedModel): Promise<void> {
    if (this.#row?.model !== model) this.#row = new GoldenRow(model);
    const step = this.#row.next();
    if (step !== null) await this.#components.service.probe(model, step.state, step.inputs, step.timeSteps);
  }
}
