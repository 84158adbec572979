import type { InferenceSample } from '../../domain/sliding-window.js';

/** From ten microseconds to a second. */
const bucketsUs = [10, 25, 50, 100, 250, 500, 1_000, 2_500, 10_000, 100_000, 1_000_000] as const;

/**
 * How inferences went, as plain numbers. prom-client looks up a counter by its labels for every sample, which takes
 * longer than the inference: here that is done when somebody asks.
 */
export class InferenceTally {
  readonly #counts = { ok: { client: 0, probe: 0 }, error: { client: 0, probe: 0 } };
  /** Samples in each bucket alone; the last one is for those beyond all bounds. */
  readonly #buckets = new Float64Array(bucketsUs.length + 1);
  #timed = 0;
  #sumUs = 0;

  add({ latencyUs, isError, isProbe }: InferenceSample): void {
    this.#counts[isError ? 'error' : 'ok'][isProbe ? 'probe' : 'client'] += 1;
    if (latencyUs === null || !Number.isFinite(latencyUs)) return;
    let bucket = 0;
    while (latencyUs > (bucketsUs[bucket] ?? Number.POSITIVE_INFINITY)) bucket += 1;
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + 1;
    this.#timed += 1;
    this.#sumUs += latencyUs;
  }

  /** In Prometheus' exposition format. */
  render(): string {
    return [...this.#renderCounts(), ...this.#renderLatency(), ''].join('\n');
  }

  #renderCounts(): string[] {
    const name = 'lln_inferences_total';
    const lines = Object.entries(this.#counts).flatMap(([result, byOrigin]) =>
      Object.entries(byOrigin).map(([origin, count]) => `${name}{result="${result}",origin="${origin}"} ${count}`),
    );
    const help = 'Inferences tried on the live package, by result and by who asked.';
    return [`# HELP ${name} ${help}`, `# TYPE ${name} counter`, ...lines];
  }

  #renderLatency(): string[] {
    const name = 'lln_inference_latency_seconds';
    let below = 0;
    const buckets = bucketsUs.map((boundUs, bucket) => {
      below += this.#buckets[bucket] ?? 0;
      return `${name}_bucket{le="${boundUs / 1e6}"} ${below}`;
    });
    return [
      `# HELP ${name} Time that the engine took for an inference.`,
      `# TYPE ${name} histogram`,
      ...buckets,
      `${name}_bucket{le="+Inf"} ${this.#timed}`,
      `${name}_sum ${this.#sumUs / 1e6}`,
      `${name}_count ${this.#timed}`,
    ];
  }
}
