import type { AffineMap, LtcCell, LtcSynapses } from '@liquid-lln/protocol';
import type { CellInputs, CellOutputs } from './cell-step.js';
import type { StepGraphBuilder, TensorValue } from './step-graph.js';

/** Currents into every neuron: the synapses' part of the fraction that moves the potentials. */
interface Currents {
  readonly num: TensorValue;
  readonly den: TensorValue;
}

/** Weights of synapses as a graph takes them, `[from][to]`. */
interface SynapseConstants {
  readonly from: number;
  readonly sigma: TensorValue;
  readonly mu: TensorValue;
  readonly weight: TensorValue;
  /** Weight times reversal potential. */
  readonly driven: TensorValue;
}

/** The fused semi-implicit Euler steps of an LTC, for one session. What does not change within a step is computed once. */
export function addLtcStep(builder: StepGraphBuilder, cell: LtcCell, units: number, inputs: CellInputs): CellOutputs {
  const vector = (values: Float32Array) => builder.constant(values, [1, units]);
  const add = (a: TensorValue, b: TensorValue) => builder.combine('Add', a, b);
  const leak = positive(cell, cell.leakConductance);
  const leakCurrent = leak.map((value, i) => value * (cell.leakPotential[i] ?? 0));
  const rate = builder.combine('Div', builder.scalar(cell.unfolds), inputs.timeStep);
  const capacity = builder.combine('Mul', vector(positive(cell, cell.capacitance)), rate);
  const sensed = addCurrents(
    builder,
    synapseConstants(builder, cell, cell.sensory, units),
    mapInputs(builder, cell, inputs.input),
  );
  const numBase = add(sensed.num, vector(leakCurrent));
  const denBase = add(add(sensed.den, vector(leak.map((value) => value + cell.epsilon))), capacity);
  const recurrent = synapseConstants(builder, cell, cell.recurrent, units);
  let v = inputs.state;
  for (let unfold = 0; unfold < cell.unfolds; unfold++) {
    const { num, den } = addCurrents(builder, recurrent, v);
    v = builder.combine('Div', add(add(builder.combine('Mul', capacity, v), numBase), num), add(denBase, den));
  }
  return { answer: answerOf(builder, cell, units, v), nextState: v };
}

function addCurrents(builder: StepGraphBuilder, synapses: SynapseConstants, v: TensorValue): Currents {
  const column = builder.reshape(v, [synapses.from, 1]);
  const distance = builder.combine('Sub', column, synapses.mu);
  const open = builder.apply('Sigmoid', builder.combine('Mul', distance, synapses.sigma));
  return {
    num: builder.sumRows(builder.combine('Mul', open, synapses.driven)),
    den: builder.sumRows(builder.combine('Mul', open, synapses.weight)),
  };
}

function synapseConstants(
  builder: StepGraphBuilder,
  cell: LtcCell,
  synapses: LtcSynapses,
  units: number,
): SynapseConstants {
  const { from, mask, reversal } = synapses;
  const matrix = (values: Float32Array) => builder.constant(values, [from, units]);
  const weight = positive(cell, synapses.weight).map((value, i) => (mask[i] === 0 ? 0 : value));
  return {
    from,
    sigma: matrix(synapses.sigma),
    mu: matrix(synapses.mu),
    weight: matrix(weight),
    driven: matrix(weight.map((value, i) => value * (reversal[i] ?? 0))),
  };
}

/** Softplus, where the network keeps its constants positive with it; as torch has it. */
function positive(cell: LtcCell, values: Float32Array): Float32Array {
  return cell.isSoftplus ? values.map((value) => (value > 20 ? value : Math.log1p(Math.exp(value)))) : values;
}

function mapInputs(builder: StepGraphBuilder, { inputMapping }: LtcCell, input: TensorValue): TensorValue {
  return inputMapping === null ? input : addMap(builder, inputMapping, input);
}

function answerOf(builder: StepGraphBuilder, cell: LtcCell, units: number, v: TensorValue): TensorValue {
  const { cellOutputSize, outputMapping } = cell;
  const [first] = cellOutputSize === units ? [v] : builder.split(v, [cellOutputSize, units - cellOutputSize]);
  if (first === undefined) throw new Error('an LTC answers with its first neurons');
  return outputMapping === null ? first : addMap(builder, outputMapping, first);
}

function addMap(builder: StepGraphBuilder, { scale, shift }: AffineMap, x: TensorValue): TensorValue {
  const scaled = builder.combine('Mul', x, builder.constant(scale, [1, scale.length]));
  return shift === null ? scaled : builder.combine('Add', scaled, builder.constant(shift, [1, shift.length]));
}
