/** One measured number. */
export interface Figure {
  readonly case: string;
  readonly metric: string;
  readonly value: number;
  /** Such as `ns`, `x` (a ratio), `GMAC/s`. */
  readonly unit: string;
}

/** A figure that this machine cannot give, and why. */
export interface MissingFigure {
  readonly case: string;
  readonly metric: string;
  readonly reason: string;
}

/** What a bench found out. */
export interface BenchOutcome {
  readonly figures: readonly Figure[];
  readonly missing: readonly MissingFigure[];
  /** For people. */
  readonly text: string;
}

export interface BenchRequest {
  /** Of `Bench.cases`; all of them if it is empty. */
  readonly cases: readonly string[];
  /** How long each case measures, for benches that measure for a time; null: as long as the bench thinks fit. */
  readonly seconds: number | null;
  /** Takes a line about what is going on. */
  readonly say: (line: string) => void;
}

/** One benchmark: `npm run bench -- NAME`. */
export interface Bench {
  readonly name: string;
  readonly summary: string;
  readonly cases: readonly string[];
  /** @throws Error if what it compares does not agree, or if it cannot measure at all */
  run(request: BenchRequest): Promise<BenchOutcome>;
}
