import { buildNetworkImage, imageAlignment, type NetworkDescription, readImageHeader } from '@liquid-lln/protocol';
import t from 'tap';
import { exampleNetwork, exampleNetworks } from '../../../support/example-networks.js';

const options = { defaultTimeStep: 0.5 };
const gru = exampleNetwork('gru');

function ltcWith(change: object): NetworkDescription {
  const network = exampleNetwork('ltc-mapped');
  return { ...network, cell: { ...network.cell, ...change } } as NetworkDescription;
}

for (const { name, network } of exampleNetworks()) {
  t.test(`${name}: the same description gives the same aligned bytes`, async (t) => {
    const image = buildNetworkImage(network, options);
    t.same(buildNetworkImage(network, options), image);
    t.equal(image.length % imageAlignment, 0);
    t.match(readImageHeader(image), {
      cell: network.cell.kind,
      inputSize: network.inputSize,
      units: network.units,
      outputSize: network.outputSize,
      hasMemory: network.memory !== null,
      hasReadout: network.readout !== null,
      hasNormalisation: network.normalisation !== null,
      defaultTimeStep: 0.5,
    });
  });
}

t.test('a layout in panels of 8, input by input, biases first', async (t) => {
  const image = buildNetworkImage(gru, options);
  const view = new DataView(image.buffer);
  const matrix = view.getUint32(64 + 16, true);
  if (gru.cell.kind !== 'gru') throw new Error('the example is a GRU');
  const { weight, bias } = gru.cell.input;
  t.equal(view.getFloat32(matrix + 4 * 3, true), bias[3]);
  t.equal(view.getFloat32(matrix + 4 * (8 * (1 + 2) + 3), true), weight[3 * 4 + 2], 'output 3, input 2');
  const secondPanel = matrix + 4 * 8 * 5;
  t.equal(view.getFloat32(secondPanel, true), bias[8]);
  t.equal(view.getUint32(secondPanel + 4 * 4, true), 0, 'a lane without an output is zero');
});

t.test('synapses that a mask removes take no space where a whole panel goes without the input', async (t) => {
  const wired = exampleNetwork('cfc-wired');
  if (wired.cell.kind !== 'wired-cfc') throw new Error('the example is a wired CfC');
  const clear = { ...wired, cell: { ...wired.cell, layers: wired.cell.layers.map(withoutInputs) } };
  t.ok(buildNetworkImage(clear, options).length < buildNetworkImage(wired, options).length);
});

function withoutInputs<Heads extends { readonly ff1: { readonly mask: Uint8Array | null } }>(heads: Heads): Heads {
  return { ...heads, ff1: { ...heads.ff1, mask: heads.ff1.mask?.map(() => 0) ?? null } };
}

const faults: readonly [string, NetworkDescription][] = [
  ['no units', { ...gru, units: 0 }],
  ['too many inputs', { ...gru, inputSize: 5_000 }],
  ['an output size that the readout does not give', { ...gru, outputSize: 3 }],
  ['a readout over another vector', { ...exampleNetwork('cfc-tanh'), readout: gru.readout, outputSize: 2 }],
  ['a deviation of zero', { ...gru, normalisation: { mean: new Float32Array(4), std: new Float32Array(4) } }],
  [
    'a mean for three inputs only',
    { ...gru, normalisation: { mean: new Float32Array(3), std: new Float32Array(4).fill(1) } },
  ],
  ['a GRU with a memory', { ...gru, memory: exampleNetwork('ltc-plain-memory').memory }],
  ['a memory of another size', { ...exampleNetwork('ltc-mapped'), memory: exampleNetwork('cfc-pure-memory').memory }],
  ['no unfolds', ltcWith({ unfolds: 0 })],
  ['a negative epsilon', ltcWith({ epsilon: -1 })],
  ['an epsilon that is no number', ltcWith({ epsilon: Number.NaN })],
  ['a capacitance too few', ltcWith({ capacitance: new Float32Array(10) })],
  ['a leak potential too few', ltcWith({ leakPotential: new Float32Array(10) })],
  ['a weight that is not finite', ltcWith({ capacitance: new Float32Array(11).fill(Number.NaN) })],
  ['more cell outputs than units', ltcWith({ cellOutputSize: 12 })],
];

for (const [what, network] of faults) {
  t.test(`${what} is refused`, async (t) => {
    t.throws(() => buildNetworkImage(network, options), { code: 'NETWORK_UNSUPPORTED' });
  });
}

t.test('a default time step must be positive and finite, as float32 too', async (t) => {
  for (const defaultTimeStep of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, 1e300, 1e-300]) {
    t.throws(() => buildNetworkImage(gru, { defaultTimeStep }), { code: 'NETWORK_UNSUPPORTED' });
  }
});
