import type { ImportedModel, ReferenceVectors } from '@liquid-lln/firmware-bridge';
import { LlnError, type Random, seededRandom } from '@liquid-lln/protocol';

/** What a golden vector is computed from. */
export interface GoldenInputs {
  /** Steps x input size. */
  readonly inputs: Float32Array;
  readonly timeSteps: Float32Array;
}

const seeds = [1, 2] as const;
const stepsEach = 16;
/** Enough of a long vectors file to exercise every weight; a device computes them at each staging. */
const stepsMaxFromFile = 64;

/**
 * Made-up inputs in the scale that the network expects: the normal distribution that its normalisation describes, or
 * the standard one; with irregular time steps around the default. The same for every run and machine.
 */
export function defaultGoldenInputs(model: ImportedModel): GoldenInputs[] {
  return seeds.map((seed) => {
    const random = seededRandom(seed);
    const { inputSize } = model.description;
    const inputs = Float32Array.from({ length: stepsEach * inputSize }, (_, index) =>
      scaled(model, index % inputSize, approximateNormal(random)),
    );
    const timeSteps = Float32Array.from({ length: stepsEach }, () => model.timeStep.default * (0.25 + 1.75 * random()));
    return { inputs, timeSteps };
  });
}

/** The first steps of a vectors file, as one vector. @throws LlnError INPUT_INVALID if it is of another network. */
export function goldenInputsFrom(vectors: ReferenceVectors, inputSize: number): GoldenInputs[] {
  const rows = vectors.inputs.slice(0, stepsMaxFromFile);
  if (rows.some((row) => row.length !== inputSize))
    throw new LlnError('INPUT_INVALID', `the vectors of ${vectors.name} do not have ${inputSize} inputs in every step`);
  return [
    { inputs: Float32Array.from(rows.flat()), timeSteps: Float32Array.from(vectors.timeSteps.slice(0, rows.length)) },
  ];
}

function scaled(model: ImportedModel, input: number, standard: number): number {
  if (model.normalisation === null) return standard;
  const { mean, std } = model.normalisation;
  return (mean[input] ?? 0) + (std[input] ?? 1) * standard;
}

/** The sum of twelve uniforms, less its mean: of variance 1, and the same bits everywhere, as no libm is involved. */
function approximateNormal(random: Random): number {
  let sum = -6;
  for (let term = 0; term < 12; term += 1) sum += random();
  return sum;
}
