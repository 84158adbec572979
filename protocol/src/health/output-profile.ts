import * as v from 'valibot';
import { count, finite, positiveCount } from '../base/schema.js';
import { outputLimitsSchema } from './figures.js';

/**
 * Steps that are judged together. By the inequality of Dvoretzky, Kiefer and Wolfowitz with Massart's constant (Annals
 * of Probability 18, 1990), 256 draws lie further than 0.25 from where they are drawn with a chance of 3e-14.
 */
export const outputBlockSteps = 256;
/** Blocks of validation data below which "what it never showed" says nothing. */
export const profileBlocksMin = 4;
/** Cuts between the parts of an output's distribution that hold a tenth of the steps each. */
export const profileCuts = 9;

const distributionSchema = v.pipe(
  v.strictObject({
    /** The deciles, ascending; some are equal where many outputs are. */
    cuts: v.pipe(v.array(finite), v.length(profileCuts)),
    /** Steps in each part: up to the first cut, up to the second, and so on; the last part is above all of them. */
    counts: v.pipe(v.array(count), v.length(profileCuts + 1)),
  }),
  v.check(({ cuts }) => cuts.every((cut, index) => index === 0 || cut >= (cuts[index - 1] ?? cut)), 'cuts must ascend'),
);

/** What a network's outputs did over validation data, that devices compare with what they do there. */
export const outputProfileSchema = v.pipe(
  v.strictObject({
    /** Steps of the validation data. */
    steps: v.pipe(positiveCount, v.minValue(outputBlockSteps * profileBlocksMin)),
    /** For each output, how it was distributed. */
    outputs: v.pipe(v.array(distributionSchema), v.minLength(1)),
    /** How far parts of the validation data themselves went. */
    limits: outputLimitsSchema,
  }),
  v.check(
    ({ steps, outputs }) => outputs.every(({ counts }) => counts.reduce((sum, part) => sum + part, 0) === steps),
    'the parts must hold all steps',
  ),
);
export type OutputProfile = v.InferOutput<typeof outputProfileSchema>;
