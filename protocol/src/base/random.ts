/** A source of numbers in [0, 1): injected, so that a seed replays a run. */
export type Random = () => number;

/**
 * A small seeded generator (mulberry32, T. Ettinger 2017, public domain): 2^32 states, for simulations, jitter
 * and tests; never for secrets.
 */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
