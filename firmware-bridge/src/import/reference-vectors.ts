import { parseWith } from '@liquid-lln/protocol';
import * as v from 'valibot';

const vector = v.array(v.pipe(v.number(), v.finite()));
const rows = v.array(vector);

/** `NAME.vectors.json`: inputs of a network and what PyTorch computes from them. */
const referenceVectorsSchema = v.object({
  name: v.string(),
  steps: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  tol_f32: v.pipe(v.number(), v.gtValue(0)),
  inputs: rows,
  timespans: vector,
  h0: vector,
  c0: v.nullable(vector),
  outputs_f64: rows,
  h_final_f64: vector,
  c_final_f64: v.nullable(vector),
});

export interface ReferenceVectors {
  readonly name: string;
  readonly steps: number;
  /** The largest absolute difference to the float64 columns that a float32 kernel may show. */
  readonly tolerance: number;
  readonly inputs: readonly (readonly number[])[];
  readonly timeSteps: readonly number[];
  readonly initialState: readonly number[];
  readonly initialMemory: readonly number[] | null;
  readonly outputs: readonly (readonly number[])[];
  readonly stateFinal: readonly number[];
  readonly memoryFinal: readonly number[] | null;
}

/** Checks and renames the fields of a vectors file. @throws LlnError INPUT_INVALID */
export function parseReferenceVectors(data: unknown): ReferenceVectors {
  const file = parseWith(referenceVectorsSchema, data, 'vectors file', 'INPUT_INVALID');
  return {
    name: file.name,
    steps: file.steps,
    tolerance: file.tol_f32,
    inputs: file.inputs,
    timeSteps: file.timespans,
    initialState: file.h0,
    initialMemory: file.c0,
    outputs: file.outputs_f64,
    stateFinal: file.h_final_f64,
    memoryFinal: file.c_final_f64,
  };
}
