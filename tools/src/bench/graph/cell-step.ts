import type { TensorValue } from './step-graph.js';

/** What every cell starts from. */
export interface CellInputs {
  readonly input: TensorValue;
  readonly state: TensorValue;
  readonly timeStep: TensorValue;
}

/** What comes out of a cell: its answer, and the whole state that it goes on from. */
export interface CellOutputs {
  readonly answer: TensorValue;
  readonly nextState: TensorValue;
}
