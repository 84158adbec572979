import type { CfcCell, DenseLayer, NetworkDescription } from '@liquid-lln/protocol';
import type { Contestant } from '../contestant.js';
import type { Series } from '../series.js';

const panelSize = 8;

/**
 * A dense layer as JavaScript runs it fastest: panels of eight outputs, weights as float32 in the order in which they
 * are read, sums in double, which costs nothing here and saves a rounding a term.
 */
interface Panels {
  readonly inputs: number;
  readonly panels: number;
  readonly weight: Float32Array;
  readonly bias: Float32Array;
}

/** The plainest way: a CfC as a loop over typed arrays. */
export function plainJs(name: string, network: NetworkDescription, series: Series): Contestant {
  const { rows, timeSteps } = series;
  const step = compileCfc(network);
  const state = new Float32Array(network.units);
  return {
    name,
    stepsPerCall: 1,
    run: (calls) => {
      for (let call = 0; call < calls; call++) {
        const at = call % rows.length;
        step(state, rows[at] as Float32Array, timeSteps[at] as number);
      }
    },
    answer: () => {
      state.fill(0);
      const answers = new Float32Array(rows.length * state.length);
      for (const [i, row] of rows.entries()) {
        step(state, row, timeSteps[i] as number);
        answers.set(state, i * state.length);
      }
      return answers;
    },
    close: () => {},
  };
}

function compileCfc({ cell, units, inputSize }: NetworkDescription) {
  const { backbone, heads } = requireCfc(cell);
  const { ff1, ff2, timeA, timeB } = heads;
  const layer = packPanels([backbone]);
  const stacked = packPanels([ff1, ff2, timeA, timeB]);
  const stride = roundUp(units);
  const z = new Float32Array(inputSize + units);
  const hidden = new Float32Array(roundUp(backbone.outputs));
  const y = new Float32Array(4 * stride);
  return (state: Float32Array, input: Float32Array, timeStep: number): void => {
    z.set(input);
    z.set(state, inputSize);
    applyPanels(layer, z, hidden);
    for (let i = 0; i < hidden.length; i++) hidden[i] = 1.7159 * tanh(0.666 * (hidden[i] as number));
    applyPanels(stacked, hidden, y);
    blendHeads(y, stride, timeStep, state);
  };
}

function requireCfc(cell: NetworkDescription['cell']) {
  const [backbone] = cell.kind === 'cfc' ? (cell satisfies CfcCell).backbone : [];
  if (cell.kind !== 'cfc' || cell.heads.mode !== 'default' || backbone === undefined || cell.backbone.length > 1) {
    throw new Error('in plain JavaScript there are only CfCs with a backbone of one layer');
  }
  return { backbone, heads: cell.heads };
}

function blendHeads(y: Float32Array, stride: number, timeStep: number, state: Float32Array): void {
  for (let i = 0; i < state.length; i++) {
    const left = tanh(y[i] as number);
    const right = tanh(y[stride + i] as number);
    const gate = 1 / (1 + Math.exp(-((y[2 * stride + i] as number) * timeStep + (y[3 * stride + i] as number))));
    state[i] = left * (1 - gate) + gate * right;
  }
}

/** Twice as fast as Math.tanh, and as good in double where the result becomes a float32. */
function tanh(x: number): number {
  return 1 - 2 / (Math.exp(2 * x) + 1);
}

/** Layers over one vector, each padded to whole panels. */
function packPanels(layers: readonly DenseLayer[]): Panels {
  const inputs = layers[0]?.inputs ?? 0;
  const outputs = roundUp(layers[0]?.outputs ?? 0);
  const weight = new Float32Array(layers.length * outputs * inputs);
  const bias = new Float32Array(layers.length * outputs);
  for (const [l, layer] of layers.entries()) {
    bias.set(layer.bias, l * outputs);
    for (const [i, value] of layer.weight.entries()) {
      const output = l * outputs + Math.floor(i / inputs);
      const panel = Math.floor(output / panelSize);
      weight[(panel * inputs + (i % inputs)) * panelSize + (output % panelSize)] = value;
    }
  }
  return { inputs, panels: bias.length / panelSize, weight, bias };
}

function roundUp(count: number): number {
  return Math.ceil(count / panelSize) * panelSize;
}

/** Eight sums side by side, spelled out: an array of sums would live in memory. */
function applyPanels({ inputs, panels, weight: w, bias: b }: Panels, x: Float32Array, y: Float32Array): void {
  let q = 0;
  for (let panel = 0; panel < panels; panel++) {
    const o = panel * panelSize;
    let a0 = b[o] as number;
    let a1 = b[o + 1] as number;
    let a2 = b[o + 2] as number;
    let a3 = b[o + 3] as number;
    let a4 = b[o + 4] as number;
    let a5 = b[o + 5] as number;
    let a6 = b[o + 6] as number;
    let a7 = b[o + 7] as number;
    for (let j = 0; j < inputs; j++, q += panelSize) {
      const v = x[j] as number;
      a0 += (w[q] as number) * v;
      a1 += (w[q + 1] as number) * v;
      a2 += (w[q + 2] as number) * v;
      a3 += (w[q + 3] as number) * v;
      a4 += (w[q + 4] as number) * v;
      a5 += (w[q + 5] as number) * v;
      a6 += (w[q + 6] as number) * v;
      a7 += (w[q + 7] as number) * v;
    }
    y[o] = a0;
    y[o + 1] = a1;
    y[o + 2] = a2;
    y[o + 3] = a3;
    y[o + 4] = a4;
    y[o + 5] = a5;
    y[o + 6] = a6;
    y[o + 7] = a7;
  }
}
