import { isLlnError, toErrorReport } from '@liquid-lln/protocol';
import { findOutputFault, isAllFinite } from '../domain/inference-output.js';
import type { InferenceAnswerSample, InferenceSample } from '../domain/inference-sample.js';
import type { LoadedModel, ModelState } from '../ports/inference-engine.js';

/** One model's part in answering a request. */
export type Attempt =
  | { readonly isGood: true; readonly outputs: Float32Array; readonly latencyUs: number }
  | {
      readonly isGood: false;
      readonly latencyUs: number | null;
      readonly fault: string;
      /** Null if the engine gave none. */
      readonly outputs: Float32Array | null;
    };

export type AskedSteps = Pick<InferenceAnswerSample, 'inputs' | 'steps' | 'isStateful'>;

/** Runs some steps from a state. @throws LlnError BOARD_UNREACHABLE: a board that does not answer says nothing about its model */
export async function attemptInference(
  model: LoadedModel,
  state: ModelState,
  inputs: Float32Array,
  timeSteps: Float32Array,
): Promise<Attempt> {
  const { outputs: specification, network } = model.package.manifest;
  const outputs = new Float32Array(timeSteps.length * network.outputSize);
  try {
    const latencyUs = await model.run(state, inputs, timeSteps, outputs);
    const fault = findOutputFault(outputs, specification);
    return fault === null ? { isGood: true, outputs, latencyUs } : { isGood: false, latencyUs, fault, outputs };
  } catch (error) {
    if (isLlnError(error, 'BOARD_UNREACHABLE')) throw error;
    return { isGood: false, latencyUs: null, fault: toErrorReport(error).message, outputs: null };
  }
}

/**
 * Budgets are about one step, however many steps a request asks for at once: a long sequence is not a slow model.
 * Written out: spreading objects takes longer here than the inference.
 */
export function sampleOf(
  attempt: Attempt,
  { inputs, steps, isStateful }: AskedSteps,
  isProbe: boolean,
): InferenceSample {
  const { isGood, outputs } = attempt;
  const latencyUs = attempt.latencyUs === null ? null : attempt.latencyUs / steps;
  const isError = !isGood;
  if (outputs === null) return { latencyUs, isError, isProbe };
  const answer = { inputs, outputs, steps, isStateful, isAllFinite: isGood || isAllFinite(outputs) };
  return { latencyUs, isError, isProbe, answer };
}
