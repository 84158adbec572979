import type { AddressInfo } from 'node:net';
import { graphOf } from '../../graph/cell-graphs.js';
import { readExample } from '../../kernel/example.js';
import { writeOnnxModel } from '../../onnx/onnx-model.js';
import { Peers } from '../../peers/install.js';
import { loadOrt, type OrtTensor, ortSessionOptions } from '../../peers/onnxruntime.js';
import { announce } from '../announce.js';
import { exampleName } from '../example.js';

/** What we call of fastify. */
interface Fastify {
  post(
    path: string,
    options: object,
    handle: (request: { readonly body: { readonly input: number[] } }) => object,
  ): void;
  listen(address: { readonly port: number; readonly host: string }): Promise<string>;
  readonly server: { address(): AddressInfo | string | null };
}

/** How one would write it: fastify checks the body with a schema and knows the shape of the answer. */
const number = { type: 'number' };
const input = { type: 'array', items: number, minItems: 4, maxItems: 4 };
const schema = {
  body: { type: 'object', required: ['input'], properties: { input } },
  response: { 200: { type: 'object', properties: { output: { type: 'array', items: number } } } },
};

const peers = await Peers.install(['fastify', 'onnxruntime-node'], () => undefined);
const network = readExample(exampleName);
const ort = loadOrt(peers);
const graph = graphOf(network, 1);
const session = await ort.InferenceSession.create(writeOnnxModel(graph), ortSessionOptions);
const initial = new ort.Tensor('float32', new Float32Array(network.units), [1, network.units]);
const timeStep = new ort.Tensor('float32', Float32Array.of(1), [1, 1]);

const { fastify } = peers.load('fastify', ['fastify']) as { readonly fastify: (options: object) => Fastify };
const server = fastify({ logger: false });
server.post('/inference', { schema }, async ({ body }) => {
  const tensor = new ort.Tensor('float32', Float32Array.from(body.input), [1, network.inputSize]);
  const results = await session.run({ input: tensor, state: initial, time_step: timeStep });
  const output = results[graph.output.name] as OrtTensor;
  return { output: [...output.data] };
});
await server.listen({ port: 0, host: '127.0.0.1' });
announce(server.server.address());
