import type { Manifest } from '@liquid-lln/protocol';

type Outputs = Manifest['outputs'];

/** Why outputs cannot be right: not finite, or outside the package's own range; null if nothing is wrong. */
export function findOutputFault(outputs: Float32Array, { range }: Pick<Outputs, 'range'>): string | null {
  for (let index = 0; index < outputs.length; index += 1) {
    const value = outputs[index] ?? Number.NaN;
    if (!Number.isFinite(value)) return `output[${index}] is ${value}`;
    if (range !== null && (value < range[0] || value > range[1])) {
      return `output[${index}] is ${value}, outside ${range[0]} to ${range[1]}`;
    }
  }
  return null;
}

/** Whether no output is NaN or an infinity. */
export function isAllFinite(outputs: Float32Array): boolean {
  return outputs.every(Number.isFinite);
}

/** The label of the largest output, the first of equals; null where outputs are values or have no labels. */
export function labelOf(output: Float32Array, { kind, labels }: Pick<Outputs, 'kind' | 'labels'>): string | null {
  if (kind !== 'logits' || labels === null) return null;
  return labels[labelIndexOf(output) ?? -1] ?? null;
}

/** The index of the largest output, the first of equals; null where one of them is no number. */
export function labelIndexOf(output: Float32Array): number | null {
  let best = 0;
  for (let index = 0; index < output.length; index += 1) {
    const value = output[index] ?? Number.NaN;
    if (Number.isNaN(value)) return null;
    if (value > (output[best] ?? 0)) best = index;
  }
  return best;
}
