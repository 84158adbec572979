import type { NetworkDescription } from '@liquid-lln/protocol';
import { graphOf } from '../../graph/cell-graphs.js';
import { writeOnnxModel } from '../../onnx/onnx-model.js';
import type { Peers } from '../../peers/install.js';
import { loadOrt, type OrtTensor, ortSessionOptions } from '../../peers/onnxruntime.js';
import type { Contestant } from '../contestant.js';
import { type SessionSeries, sessionRows } from '../series.js';

/** onnxruntime on one thread, from a graph of one step; its state goes round as the tensor that it gave. */
export async function onnxruntime(
  name: string,
  network: NetworkDescription,
  series: SessionSeries,
  peers: Peers,
): Promise<Contestant> {
  const ort = loadOrt(peers);
  const { sessions, timeSteps } = series;
  const graph = graphOf(network, sessions);
  const session = await ort.InferenceSession.create(writeOnnxModel(graph), ortSessionOptions);
  const tensor = (data: Float32Array, size: number) => new ort.Tensor('float32', data, [sessions, size]);
  const inputs = sessionRows(series).map((rows) => tensor(rows, network.inputSize));
  const times = Array.from(timeSteps, (timeStep) => tensor(new Float32Array(sessions).fill(timeStep), 1));
  const initial = tensor(new Float32Array(sessions * network.units), network.units);
  let state = initial;
  const advance = async (at: number): Promise<OrtTensor> => {
    const results = await session.run({
      input: inputs[at] as OrtTensor,
      state,
      time_step: times[at] as OrtTensor,
    });
    state = results[graph.nextState.name] as OrtTensor;
    return results[graph.output.name] as OrtTensor;
  };
  return {
    name,
    stepsPerCall: sessions,
    run: async (calls) => {
      for (let call = 0; call < calls; call++) await advance(call % inputs.length);
    },
    answer: async () => {
      state = initial;
      const answers: number[] = [];
      for (let at = 0; at < inputs.length; at++) answers.push(...(await advance(at)).data);
      return Float32Array.from(answers);
    },
    close: () => session.release(),
  };
}
