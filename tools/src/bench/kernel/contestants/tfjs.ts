import type { NetworkDescription } from '@liquid-lln/protocol';
import { graphOf } from '../../graph/cell-graphs.js';
import { compileForTfjs } from '../../graph/tfjs-graph.js';
import type { Tfjs, TfTensor } from '../../peers/tfjs.js';
import type { Contestant } from '../contestant.js';
import { type SessionSeries, sessionRows } from '../series.js';

/** TensorFlow.js; every step's answer is read back, as whoever asks for it would. */
export function tfjs(name: string, network: NetworkDescription, series: SessionSeries, tf: Tfjs): Contestant {
  const { sessions, timeSteps } = series;
  const step = compileForTfjs(tf, graphOf(network, sessions));
  const inputs = sessionRows(series).map((rows) => tf.tensor(rows, [sessions, network.inputSize]));
  const times = Array.from(timeSteps, (timeStep) =>
    tf.tensor(new Float32Array(sessions).fill(timeStep), [sessions, 1]),
  );
  const initial = () => tf.tensor(new Float32Array(sessions * network.units), [sessions, network.units]);
  let state = initial();
  const advance = (at: number): Float32Array => {
    const [output, nextState] = step(
      new Map([
        ['input', inputs[at] as TfTensor],
        ['state', state],
        ['time_step', times[at] as TfTensor],
      ]),
    );
    const answer = output.dataSync();
    state.dispose();
    if (output !== nextState) output.dispose();
    state = nextState;
    return answer;
  };
  return {
    name,
    stepsPerCall: sessions,
    run: (calls) => {
      for (let call = 0; call < calls; call++) advance(call % inputs.length);
    },
    answer: () => {
      state.dispose();
      state = initial();
      return Float32Array.from(inputs.flatMap((_, at) => [...advance(at)]));
    },
    close: () => {
      for (const tensor of [state, ...inputs, ...times]) tensor.dispose();
    },
  };
}
