import { LlnError } from '../base/errors.js';
import type { OutputLimits } from './figures.js';
import { countsOf, cutsOf, distributionDistance, OutputBlock, StuckRun } from './output-block.js';
import { type OutputProfile, outputBlockSteps, profileBlocksMin, profileCuts } from './output-profile.js';

/** A run of a network over validation data, step after step. */
export interface ValidationRun {
  readonly inputs: Float32Array;
  readonly outputs: Float32Array;
  readonly inputSize: number;
  readonly outputSize: number;
  /** The closed range that outputs must keep, if there is one. */
  readonly range: readonly [number, number] | null;
}

/**
 * What a network's outputs did over validation data: the same run gives the same profile on every machine.
 * @throws LlnError INPUT_INVALID if there are too few steps, or an output that is no finite number
 */
export function makeOutputProfile(run: ValidationRun): OutputProfile {
  const steps = run.outputs.length / run.outputSize;
  const stepsMin = outputBlockSteps * profileBlocksMin;
  if (steps < stepsMin) {
    throw new LlnError('INPUT_INVALID', `an output profile needs ${stepsMin} steps, there are ${steps}`, { steps });
  }
  if (!run.outputs.every(Number.isFinite)) {
    throw new LlnError('INPUT_INVALID', 'an output over the validation data is not a finite number');
  }
  const outputs = Array.from({ length: run.outputSize }, (_, output) => distributionOf(run, output));
  return { steps, outputs, limits: limitsOf(run, { outputs }) };
}

function distributionOf({ outputs, outputSize }: ValidationRun, output: number): OutputProfile['outputs'][number] {
  const values = outputs.filter((_, index) => index % outputSize === output).sort();
  const cuts = Array.from({ length: profileCuts }, (_, cut) => {
    const rank = Math.floor(((cut + 1) * values.length) / (profileCuts + 1));
    // Zero has one encoding: minus zero would not survive it.
    return (values[rank] ?? 0) + 0;
  });
  const below = cuts.map((cut) => values.filter((value) => value <= cut).length);
  const counts = [...below, values.length].map((upTo, part) => upTo - (below[part - 1] ?? 0));
  return { cuts, counts };
}

/** How far single blocks of the validation data went, and how long its outputs stayed the same. */
function limitsOf(run: ValidationRun, profile: Pick<OutputProfile, 'outputs'>): OutputLimits {
  const { inputs, outputs, inputSize, outputSize, range } = run;
  const steps = outputs.length / outputSize;
  const expected = { counts: countsOf(profile), steps };
  const block = new OutputBlock(range, cutsOf(profile));
  const stuck = new StuckRun(inputSize, outputSize);
  let [saturationMax, driftMax, stuckStepsMax] = [0, 0, 0];
  for (let step = 0; step < steps; step += 1) {
    stuck.add(inputs, step * inputSize, outputs, step * outputSize);
    stuckStepsMax = Math.max(stuckStepsMax, stuck.steps);
    block.add(outputs, step * outputSize);
    if (block.steps < outputBlockSteps) continue;
    saturationMax = Math.max(saturationMax, block.saturation);
    driftMax = Math.max(driftMax, distributionDistance(block, expected));
    block.clear();
  }
  return { saturationMax: range === null ? null : saturationMax, driftMax, stuckStepsMax };
}
