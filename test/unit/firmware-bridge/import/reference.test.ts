import { importReference, parseReferenceVectors, type Tensor } from '@liquid-lln/firmware-bridge';
import { buildNetworkImage, readImageHeader } from '@liquid-lln/protocol';
import t from 'tap';
import {
  cfcSource,
  gruSource,
  type LooseConfig,
  ltcSource,
  type ReferenceSource,
  wiredCfcSource,
} from '../../../support/reference-sources.js';

/** Imports with the value at `path` ("cfc.mode") replaced. */
function importChanged(source: ReferenceSource, path: string, value: unknown) {
  const config = structuredClone(source.config);
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  const parent = keys.reduce((object, key) => object[key] as LooseConfig, config);
  parent[last] = value;
  return importReference(config, source.tensors);
}

/** Imports with one tensor replaced, or left out, in the file and in the description alike. */
function importWithTensor(source: ReferenceSource, name: string, tensor: Tensor | null) {
  const tensors = new Map(source.tensors);
  if (tensor === null) tensors.delete(name);
  else tensors.set(name, tensor);
  const shapes = Object.fromEntries([...tensors].map(([key, { shape }]) => [key, shape]));
  return importReference({ ...source.config, tensors: shapes }, tensors);
}

t.test('a trained model brings all that a package needs to know', async (t) => {
  const { config, tensors } = cfcSource();
  const model = importReference(config, tensors);
  t.equal(model.name, 'example');
  t.same(model.summary, {
    cell: 'cfc',
    mode: 'default',
    mixedMemory: true,
    inputSize: 2,
    units: 3,
    outputSize: 1,
    wiring: null,
    parameters: 24 + 4 * 15 + 24 + 12 + 36 + 4,
  });
  t.same(model.inputs, [
    { name: 'light', unit: 'lux' },
    { name: 'co2', unit: 'ppm' },
  ]);
  t.same(model.outputs, {
    channels: [{ name: 'occupied', unit: 'logit' }],
    kind: 'logits',
    labels: ['occupied'],
    range: null,
  });
  t.same(model.normalisation, { mean: [1, 2], std: [3, 4] });
  t.same(model.timeStep, { unit: 'minute', default: 1 });
  t.same(model.metrics, { test: { accuracy: 0.5, falsePositives: 1, falseNegatives: 2, rows: 6 } });
});

t.test('a bare configuration gets plain names and steps', async (t) => {
  const { config, tensors } = gruSource();
  const model = importReference(config, tensors);
  t.same(model.inputs, [
    { name: 'x0', unit: '' },
    { name: 'x1', unit: '' },
  ]);
  t.equal(model.outputs.kind, 'values');
  t.same(model.timeStep, { unit: 'step', default: 1 });
  t.same([model.normalisation, model.metrics], [null, {}]);
});

t.test('a wiring is summed up by its layers and synapses', async (t) => {
  const { config, tensors } = wiredCfcSource();
  t.same(importReference(config, tensors).summary.wiring, { kind: 'NCP', layers: [2, 2], synapses: 7 });
});

for (const source of [cfcSource, wiredCfcSource, ltcSource, gruSource]) {
  t.test(`${source.name}: what is imported makes an image`, async (t) => {
    const { config, tensors } = source();
    const { description, summary } = importReference(config, tensors);
    const header = readImageHeader(buildNetworkImage(description, { defaultTimeStep: 1 }));
    t.match(header, { inputSize: summary.inputSize, units: summary.units, outputSize: summary.outputSize });
  });
}

const unsupported: readonly [string, ReferenceSource, string, unknown][] = [
  ['another format', cfcSource(), 'format', 'liquid-reference-2'],
  ['another cell', cfcSource(), 'cell', 'lstm'],
  ['an unknown key', cfcSource(), 'extra', 1],
  ['no inputs', cfcSource(), 'input_size', 0],
  ['too many units', cfcSource(), 'units', 4097],
  ['a state of another size', cfcSource(), 'state_size', 4],
  ['an output that the readout does not give', cfcSource(), 'output_size', 2],
  ['more cell outputs than units', cfcSource(), 'cell_output_size', 4],
  ['a mode that nobody knows', cfcSource(), 'cfc.mode', 'gated'],
  ['an activation that nobody knows', cfcSource(), 'cfc.backbone_activation', 'mish'],
  ['a backbone without its activation', cfcSource(), 'cfc.backbone_activation', null],
  ['a backbone without its units', cfcSource(), 'cfc.backbone_units', null],
  ['four backbone layers', cfcSource(), 'cfc.backbone_layers', 4],
  ['a backbone layer too few', cfcSource(), 'cfc.backbone_tensors', []],
  ['a wired CfC without a wiring', cfcSource(), 'cfc.wired', true],
  ['an input without a name', cfcSource(), 'inputs', [{ name: 'light', unit: 'lux' }]],
  ['an output without a label', cfcSource(), 'outputs.classes', []],
  ['a mean for one input only', cfcSource(), 'normalisation.mean', [1]],
  ['a deviation of zero', cfcSource(), 'normalisation.std', [1, 0]],
  ['an unknown unit of time', cfcSource(), 'timespan_unit', 'fortnight'],
  ['a tensor of another shape than described', cfcSource(), 'tensors', { 'readout.bias': [1] }],
  ['a GRU with a memory', gruSource(), 'mixed_memory', true],
  ['a GRU with a wiring', gruSource(), 'wiring', wiredCfcSource().config['wiring']],
  ['a wiring of an unwired CfC', wiredCfcSource(), 'cfc.wired', false],
  ['a wiring over other inputs', wiredCfcSource(), 'wiring.input_dim', 3],
  ['layers that leave a neuron out', wiredCfcSource(), 'wiring.layers', [[2], [0, 1]]],
  ['layers without names', wiredCfcSource(), 'wiring.layer_names', ['inter']],
  ['a state in another order', wiredCfcSource(), 'wiring.state_neurons', [0, 1, 2, 3]],
  ['outputs in another order', wiredCfcSource(), 'wiring.output_neurons', [1, 0]],
  ['a matrix with a row too few', wiredCfcSource(), 'wiring.adjacency_matrix', [[0, 0, 0, 0]]],
  ['a synapse of strength 2', wiredCfcSource(), 'wiring.sensory_adjacency_matrix', [[0, 0, 2, 0]]],
  ['an LTC without a wiring', ltcSource(), 'wiring', null],
  ['an LTC without unfolds', ltcSource(), 'ltc.ode_unfolds', 0],
  ['a negative epsilon', ltcSource(), 'ltc.epsilon', -1],
  ['an unknown mapping', ltcSource(), 'ltc.input_mapping', 'cubic'],
];

for (const [what, source, path, value] of unsupported) {
  t.test(`${what} is refused`, async (t) => {
    t.throws(() => importChanged(source, path, value), { code: 'NETWORK_UNSUPPORTED' });
  });
}

t.test('a description that is no object is refused', async (t) => {
  for (const config of [null, 7, 'cfc', []]) {
    t.throws(() => importReference(config, new Map()), { code: 'NETWORK_UNSUPPORTED' });
  }
});

t.test('a mask that is not the one of the wiring is refused', async (t) => {
  const all = { shape: [2, 4], values: new Float32Array(8).fill(1) };
  t.throws(() => importWithTensor(wiredCfcSource(), 'rnn_cell.layer_0.sparsity_mask', all), {
    code: 'NETWORK_UNSUPPORTED',
    message: /layer_0.sparsity_mask is not the one of the wiring/,
  });
});

t.test('a mask with shades is refused', async (t) => {
  const half = { shape: [2, 4], values: new Float32Array(8).fill(0.5) };
  t.throws(() => importWithTensor(wiredCfcSource(), 'rnn_cell.layer_0.sparsity_mask', half), {
    code: 'SAFETENSORS_INVALID',
    message: /value 0.5/,
  });
});

t.test('a tensor that is missing is named', async (t) => {
  t.throws(() => importWithTensor(ltcSource(), 'rnn_cell.cm', null), {
    code: 'SAFETENSORS_INVALID',
    message: /no tensor rnn_cell.cm/,
  });
});

t.test('a tensor of another shape is named with both shapes', async (t) => {
  const longer = { shape: [5], values: new Float32Array(5) };
  t.throws(() => importWithTensor(ltcSource(), 'rnn_cell.cm', longer), {
    code: 'SAFETENSORS_INVALID',
    message: /rnn_cell.cm has the shape \[5\] instead of \[4\]/,
  });
});

t.test('a tensor that nobody asks for is named', async (t) => {
  const extra = { shape: [1], values: new Float32Array(1) };
  t.throws(() => importWithTensor(gruSource(), 'weight_ih_l1', extra), {
    code: 'SAFETENSORS_INVALID',
    message: /no place for the tensor weight_ih_l1/,
  });
});

t.test('a vectors file is checked', async (t) => {
  const file = {
    name: 'example',
    steps: 1,
    tol_f32: 1e-6,
    inputs: [[1, 2]],
    timespans: [1],
    h0: [0],
    c0: null,
    outputs_f64: [[3]],
    h_final_f64: [4],
    c_final_f64: null,
  };
  t.match(parseReferenceVectors(file), { tolerance: 1e-6, outputs: [[3]], stateFinal: [4], memoryFinal: null });
  const faulty = { ...file, inputs: [[1, null]] };
  t.throws(() => parseReferenceVectors(faulty), { code: 'INPUT_INVALID', message: /inputs.0.1/ });
});
