import { LlnError } from '@liquid-lln/protocol';

/** An option parser for whole numbers from `min` to `max`. */
export function integerBetween(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,15}$/.test(text.trim()) ? Number(text) : Number.NaN;
    if (!(value >= min && value <= max)) {
      throw new LlnError('USAGE', `"${text}" is not a whole number from ${min} to ${max}`);
    }
    return value;
  };
}
