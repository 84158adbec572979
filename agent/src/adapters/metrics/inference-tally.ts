import type { InferenceSample } from '../../domain/inference-sample.js';

/** From ten microseconds to a second. */
const bucketsUs = [10, 25, 50, 100, 250, 500, 1_000, 2_500, 10_000, 100_000, 1_000_000] as const;

/**
 * How a device's inferences went, as plain numbers. prom-client looks up a counter by its labels for every sample, which
 * takes longer than the inference: here that is done when somebody asks.
 */
export class InferenceTally {
  readonly counts = { ok: { client: 0, probe: 0 }, error: { client: 0, probe: 0 } };
  /** Samples in each bucket alone; the last one is for those beyond all bounds. */
  readonly #buckets = new Float64Array(bucketsUs.length + 1);
  #timed = 0;
  #sumUs = 0;

  add({ latencyUs, isError, isProbe }: InferenceSample): void {
    this.counts[isError ? 'error' : 'ok'][isProbe ? 'probe' : 'client'] += 1;
    if (latencyUs === null || !Number.isFinite(latencyUs)) return;
    let bucket = 0;
    while (latencyUs > (bucketsUs[bucket] ?? Number.POSITIVE_INFINITY)) bucket += 1;
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + 1;
    this.#timed += 1;
    this.#sumUs += latencyUs;
  }

  /** Those that were timed, how many took no longer than each bound, and their sum. */
  latency(): { readonly timed: number; readonly sumSeconds: number; readonly upTo: ReadonlyMap<number, number> } {
    const upTo = new Map<number, number>();
    let below = 0;
    for (const [bucket, boundUs] of bucketsUs.entries()) {
      below += this.#buckets[bucket] ?? 0;
      upTo.set(boundUs / 1e6, below);
    }
    return { timed: this.#timed, sumSeconds: this.#sumUs / 1e6, upTo };
  }
}

/** In Prometheus' exposition format; ids of devices have no character that would have to be escaped there. */
export function renderTallies(byDevice: ReadonlyMap<string, InferenceTally>): string {
  const devices = [...byDevice];
  const counts = devices.flatMap(([device, tally]) => renderCounts(device, tally));
  const latencies = devices.flatMap(([device, tally]) => renderLatency(device, tally));
  return [
    '# HELP lln_inferences_total Inferences tried on the live package, by result and by who asked.',
    '# TYPE lln_inferences_total counter',
    ...counts,
    '# HELP lln_inference_latency_seconds Time that the engine took for an inference.',
    '# TYPE lln_inference_latency_seconds histogram',
    ...latencies,
    '',
  ].join('\n');
}

function renderCounts(device: string, { counts }: InferenceTally): string[] {
  return Object.entries(counts).flatMap(([result, byOrigin]) =>
    Object.entries(byOrigin).map(
      ([origin, count]) => `lln_inferences_total{result="${result}",origin="${origin}",device="${device}"} ${count}`,
    ),
  );
}

function renderLatency(device: string, tally: InferenceTally): string[] {
  const name = 'lln_inference_latency_seconds';
  const { timed, sumSeconds, upTo } = tally.latency();
  const buckets = [...upTo, ['+Inf', timed] as const].map(
    ([bound, count]) => `${name}_bucket{le="${bound}",device="${device}"} ${count}`,
  );
  return [...buckets, `${name}_sum{device="${device}"} ${sumSeconds}`, `${name}_count{device="${device}"} ${timed}`];
}
