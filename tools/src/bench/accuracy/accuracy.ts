/** How far a function of the kernel is from the exact one. */
export interface FunctionAccuracy {
  readonly inputs: number;
  /** In units in the last place of the exact result, denormal ones included. */
  readonly maxUlp: number;
  /** Where that is. */
  readonly maxUlpAt: number;
  /** The share of inputs whose result is the float nearest to the exact one. */
  readonly nearestShare: number;
  /** NaN, infinities and signs of zeros that are not as they should be. */
  readonly wrongSpecials: number;
}

/** Reads the line of test_elementary.c about a function. @throws Error if something is missing in it */
export function parseAccuracy(name: string, printed: string): FunctionAccuracy {
  const line = printed.split('\n').find((one) => one.startsWith(`${name} `)) ?? '';
  const numbers = new Map([...line.matchAll(/ ([a-z-]+) (\S+)/g)].map(([, word = '', value]) => [word, Number(value)]));
  const numberOf = (word: string): number => {
    const value = numbers.get(word);
    if (value === undefined || !Number.isFinite(value)) throw new Error(`no "${word}" of ${name}: ${printed}`);
    return value;
  };
  return {
    inputs: numberOf('inputs'),
    maxUlp: numberOf('max-ulp'),
    maxUlpAt: numberOf('max-ulp-at'),
    nearestShare: numberOf('nearest-share'),
    wrongSpecials: numberOf('wrong-specials'),
  };
}
