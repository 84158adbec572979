/**
 * Where a board may stand in a golden vector. The answer to a part may have been lost, and then the board has gone on: it
 * refuses that part when it is asked again, and takes the one behind it. (It would not, had a bit differed.)
 */
export interface GoldenPlace {
  /** The step to ask about next. */
  readonly at: number;
  /** Whether the board said so: it answered what is before it, or a vector may begin there. */
  readonly isSure: boolean;
  /** Where the board may stand if not at `at`. */
  readonly others: readonly number[];
  readonly furthest: number;
  /** How often the vector was begun without having come further than before. */
  readonly beginnings: number;
}

const beginningsMax = 5;

export const vectorStart: GoldenPlace = { at: 0, isSure: true, others: [], furthest: 0, beginnings: 1 };

/** The board has compared what is before `end`. */
export function takeGoldenAnswer({ furthest, beginnings }: GoldenPlace, end: number): GoldenPlace {
  const isFurther = end > furthest;
  const came = { furthest: isFurther ? end : furthest, beginnings: isFurther ? 0 : beginnings };
  return { ...came, at: end, isSure: true, others: [] };
}

/** No answer came about what is before `end`; null where nothing is behind it that could be asked. */
export function takeGoldenLoss(place: GoldenPlace, end: number | null): GoldenPlace {
  return end === null || place.others.includes(end) ? place : { ...place, others: [...place.others, end] };
}

/**
 * The board stands elsewhere; it begins anew where nothing else is left.
 * @param end as of a loss: the refusal may be that of a part which arrived twice.
 * @returns null if it has begun too often.
 */
export function takeOutOfOrder(place: GoldenPlace, end: number | null): GoldenPlace | null {
  const { others, furthest, beginnings } = place.isSure ? takeGoldenLoss(place, end) : place;
  const [at, ...rest] = others;
  if (at !== undefined) return { ...place, at, isSure: false, others: rest };
  return beginnings < beginningsMax ? { ...vectorStart, furthest, beginnings: beginnings + 1 } : null;
}
