import type { KernelNetwork } from '@liquid-lln/firmware-bridge';
import type { Contestant } from '../contestant.js';
import type { Series } from '../series.js';

/** The kernel through FFI, one call a step. */
export function kernelSteps(name: string, network: KernelNetwork, series: Series): Contestant {
  const { rows, timeSteps } = series;
  const state = network.createState();
  const output = new Float32Array(network.outputSize);
  const advance = (step: number) => {
    const at = step % rows.length;
    network.step(state, rows[at] as Float32Array, timeSteps[at] as number, output);
  };
  return {
    name,
    stepsPerCall: 1,
    run: (calls) => {
      for (let call = 0; call < calls; call++) advance(call);
    },
    answer: () => {
      state.reset();
      const answers = new Float32Array(rows.length * output.length);
      for (let step = 0; step < rows.length; step++) {
        advance(step);
        answers.set(output, step * output.length);
      }
      return answers;
    },
    close: () => {},
  };
}

/** The kernel through FFI, one call a series. */
export function kernelSequences(name: string, network: KernelNetwork, series: Series): Contestant {
  const { rows, timeSteps } = series;
  const state = network.createState();
  const inputs = Float32Array.from(rows.flatMap((row) => [...row]));
  const outputs = new Float32Array(rows.length * network.outputSize);
  return {
    name,
    stepsPerCall: rows.length,
    run: (calls) => {
      for (let call = 0; call < calls; call++) network.stepSequence(state, inputs, timeSteps, outputs);
    },
    answer: () => {
      state.reset();
      network.stepSequence(state, inputs, timeSteps, outputs);
      return outputs.slice();
    },
    close: () => {},
  };
}
