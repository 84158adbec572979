import { type GoldenVector, isLlnError } from '@liquid-lln/protocol';
import { probesDue } from '../domain/probe-plan.js';
import type { LoadedModel, ModelState } from '../ports/inference-engine.js';
import type { HealthMonitor } from './health-monitor.js';
import type { InferenceService } from './inference-service.js';
import type { LiveModels } from './live-models.js';

export interface ProberComponents {
  readonly models: LiveModels;
  readonly service: InferenceService;
  readonly monitor: HealthMonitor;
}

/** The golden vectors of a package as an endless row of single steps. */
interface ProbeRow {
  readonly model: LoadedModel;
  readonly state: ModelState;
  vector: number;
  step: number;
}

/** Makes the evidence of a trial where live traffic does not: labelled, in a state of its own. */
export class Prober {
  readonly #components: ProberComponents;
  #row: ProbeRow | null = null;
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
    if (this.#row?.model !== model) this.#row = { model, state: model.createState(), vector: 0, step: 0 };
    const row = this.#row;
    const { goldenVectors, network } = model.package.manifest;
    const vector = goldenVectors[row.vector % goldenVectors.length];
    if (vector === undefined) return;
    if (row.step === 0) row.state.reset();
    const { inputs, timeSteps } = stepOf(vector, row.step, network.inputSize);
    row.step += 1;
    if (row.step === vector.steps) {
      row.step = 0;
      row.vector += 1;
    }
    await this.#components.service.probe(model, row.state, inputs, timeSteps);
  }
}

/** One step of a golden vector, as numbers. */
function stepOf(vector: GoldenVector, step: number, inputSize: number) {
  return {
    inputs: readFloats(vector.inputs, step * inputSize, inputSize),
    timeSteps: readFloats(vector.timeSteps, step, 1),
  };
}

function readFloats(bytes: Uint8Array, first: number, length: number): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float32Array.from({ length }, (_, index) => view.getFloat32((first + index) * 4, true));
}
