import type { KernelNetwork } from '@liquid-lln/firmware-bridge';
import type { Contestant } from '../contestant.js';
import { type SessionSeries, sessionRows } from '../series.js';

/** Independent sessions of one network through FFI, one call a session. */
export function kernelOneByOne(name: string, network: KernelNetwork, series: SessionSeries): Contestant {
  const { rows, sessions, timeSteps } = series;
  const states = Array.from({ length: sessions }, () => network.createState());
  const output = new Float32Array(network.outputSize);
  const advance = (at: number, answers: number[] | null) => {
    const timeStep = timeSteps[at] as number;
    for (const [session, state] of states.entries()) {
      network.step(state, rows[(at + session) % rows.length] as Float32Array, timeStep, output);
      answers?.push(...output);
    }
  };
  return {
    name,
    stepsPerCall: sessions,
    run: (calls) => {
      for (let call = 0; call < calls; call++) advance(call % rows.length, null);
    },
    answer: () => {
      for (const state of states) state.reset();
      const answers: number[] = [];
      for (const at of rows.keys()) advance(at, answers);
      return Float32Array.from(answers);
    },
    close: () => {},
  };
}

/** All sessions in one call. */
export function kernelBatch(name: string, network: KernelNetwork, series: SessionSeries): Contestant {
  const { sessions } = series;
  const inputs = sessionRows(series);
  const times = Array.from(series.timeSteps, (timeStep) => new Float32Array(sessions).fill(timeStep));
  const batch = network.createBatch(sessions);
  const outputs = new Float32Array(sessions * network.outputSize);
  const advance = (at: number) => {
    network.stepBatch(batch, inputs[at] as Float32Array, times[at] as Float32Array, outputs);
  };
  return {
    name,
    stepsPerCall: sessions,
    run: (calls) => {
      for (let call = 0; call < calls; call++) advance(call % inputs.length);
    },
    answer: () => {
      for (const state of batch.sessions) state.reset();
      const answers = new Float32Array(inputs.length * outputs.length);
      for (const at of inputs.keys()) {
        advance(at);
        answers.set(outputs, at * outputs.length);
      }
      return answers;
    },
    close: () => {},
  };
}
