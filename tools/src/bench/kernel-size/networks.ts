import { type NetworkDescription, seededRandom } from '@liquid-lln/protocol';
import { readExample } from '../kernel/example.js';
import { randomCfc, randomLayer } from '../kernel/networks.js';

const seed = 4;
const inputs = 4;
const units = 20;

/** What is measured, by name: the trained networks, and one more of every cell that they do not have. */
export const sizedNetworks: ReadonlyMap<string, () => NetworkDescription> = new Map([
  ...['occupancy-cfc', 'occupancy-ltc', 'occupancy-cfc-slow'].map((name) => [name, () => readExample(name)] as const),
  ['cfc-4-20-32', () => randomCfc({ inputs, units, backbone: 32 }, seed)],
  ['cfc-4-20-32-memory', () => withMemory(randomCfc({ inputs, units, backbone: 32 }, seed))],
  ['gru-4-20', randomGru],
]);

/** The same behind an LSTM. */
function withMemory(network: NetworkDescription): NetworkDescription {
  const random = seededRandom(seed);
  const recurrentWeight = randomLayer(random, 4 * units, units).weight;
  return { ...network, memory: { inputMap: randomLayer(random, 4 * units, inputs), recurrentWeight } };
}

function randomGru(): NetworkDescription {
  const random = seededRandom(seed);
  const input = randomLayer(random, 3 * units, inputs);
  const cell = { kind: 'gru' as const, input, recurrent: randomLayer(random, 3 * units, units) };
  return { inputSize: inputs, units, outputSize: units, normalisation: null, memory: null, cell, readout: null };
}
