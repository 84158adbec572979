/** Something that can be measured again and again. */
export interface Probe {
  readonly name: string;
  /** One round's figure. */
  measure(): number | Promise<number>;
}

/** Work that is timed. */
export interface Work {
  readonly name: string;
  /** How many steps one call makes. */
  readonly stepsPerCall: number;
  /** Makes so many calls. */
  run(calls: number): void | Promise<void>;
}

/** Short beside a time slice of the system's, so that some chunks pass uninterrupted, and long beside the clock's grain. */
const chunkMs = 0.4;
const chunksPerRound = 25;
/** Compilers of JavaScript take most of a second over a runtime as large as TensorFlow.js. */
const warmUpMs = 1000;

/** Measures every probe once a round, in turn (A B C A B C …): what slows the machine down meets them all alike. */
export async function measureRounds(probes: readonly Probe[], rounds: number): Promise<Map<string, number[]>> {
  const figures = new Map(probes.map(({ name }): [string, number[]] => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const probe of probes) figures.get(probe.name)?.push(await probe.measure());
  }
  return figures;
}

/**
 * Warms `work` up and makes a probe of it, in nanoseconds per step. A round's figure is its fastest chunk: what the work
 * takes when nothing comes between. Rare costs, such as collecting garbage, are left out of everybody's.
 */
export async function probeOf(work: Work): Promise<Probe> {
  const calls = await warmUp(work);
  return {
    name: work.name,
    measure: async () => {
      let fastestMs = Number.POSITIVE_INFINITY;
      for (let chunk = 0; chunk < chunksPerRound; chunk++) fastestMs = Math.min(fastestMs, await timeMs(work, calls));
      return (fastestMs * 1e6) / (calls * work.stepsPerCall);
    },
  };
}

/** Runs it until compilers and caches have settled. @returns how many calls make a chunk */
async function warmUp(work: Work): Promise<number> {
  let calls = 1;
  let spentMs = 0;
  for (;;) {
    const ms = await timeMs(work, calls);
    spentMs += ms;
    if (spentMs >= warmUpMs && ms >= chunkMs) return Math.max(1, Math.round((calls * chunkMs) / ms));
    if (ms < chunkMs) calls = Math.ceil(calls * Math.min(2, (1.2 * chunkMs) / Math.max(ms, 1e-3)));
  }
}

async function timeMs(work: Work, calls: number): Promise<number> {
  const startMs = performance.now();
  const pending = work.run(calls);
  if (pending !== undefined) await pending; // what is synchronous does not pay for a promise
  return performance.now() - startMs;
}
