import {
  countsOf,
  cutsOf,
  distributionDistance,
  type Manifest,
  OutputBlock,
  type OutputFigures,
  outputBlockSteps,
  profileCuts,
  type StepCounts,
  StuckRun,
} from '@liquid-lln/protocol';
import type { InferenceAnswerSample } from './inference-sample.js';

/** What a manifest tells of outputs. */
export interface DescribedOutputs extends Pick<Manifest, 'outputProfile'> {
  readonly network: Pick<Manifest['network'], 'inputSize' | 'outputSize'>;
  readonly outputs: Pick<Manifest['outputs'], 'range'>;
}

/** The last full block; written in place. */
interface JudgedBlock {
  steps: number;
  saturation: number | null;
  drift: number | null;
}

/**
 * Looks at what clients are answered, without knowing what is right. Golden vectors say nothing here: their outputs are
 * known to the bit. What it needs is allocated when the package goes live; taking an answer allocates nothing.
 */
export class OutputGuard {
  readonly #manifest: DescribedOutputs;
  readonly #expected: StepCounts | null;
  readonly #block: OutputBlock;
  readonly #stuck: StuckRun;
  readonly #last: JudgedBlock = { steps: 0, saturation: null, drift: null };

  constructor(manifest: DescribedOutputs) {
    const { network, outputs, outputProfile } = manifest;
    this.#manifest = manifest;
    this.#expected =
      outputProfile === undefined ? null : { counts: countsOf(outputProfile), steps: outputProfile.steps };
    const cuts =
      outputProfile === undefined ? new Float64Array(network.outputSize * profileCuts) : cutsOf(outputProfile);
    this.#block = new OutputBlock(outputs.range, cuts);
    this.#stuck = new StuckRun(network.inputSize, network.outputSize);
  }

  /** Takes an answer. One that is not finite is an error already, and has no place in a distribution. */
  add({ inputs, outputs, steps, isStateful, isAllFinite }: InferenceAnswerSample): void {
    if (!isAllFinite) return;
    const { inputSize, outputSize } = this.#manifest.network;
    for (let step = 0; step < steps; step += 1) {
      this.#stuck.add(inputs, step * inputSize, outputs, step * outputSize);
      // An answer from the initial state is not what the profile was made of: that went on from step to step.
      if (isStateful) this.#addToBlock(outputs, step * outputSize);
    }
  }

  get figures(): OutputFigures {
    return {
      blockSteps: this.#last.steps,
      saturation: this.#last.saturation,
      drift: this.#last.drift,
      stuckSteps: this.#stuck.steps,
      hasNeverChanged: !this.#stuck.hasChanged,
    };
  }

  #addToBlock(outputs: Float32Array, first: number): void {
    this.#block.add(outputs, first);
    if (this.#block.steps < outputBlockSteps) return;
    this.#last.steps = this.#block.steps;
    this.#last.saturation = this.#manifest.outputs.range === null ? null : this.#block.saturation;
    this.#last.drift = this.#expected === null ? null : distributionDistance(this.#block, this.#expected);
    this.#block.clear();
  }
}
