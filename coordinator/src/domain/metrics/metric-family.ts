/** A metric with all its samples at one moment, as Prometheus understands it; names carry their units. */
export interface MetricFamily {
  readonly name: string;
  readonly help: string;
  readonly type: 'gauge' | 'counter';
  readonly labels: readonly string[];
  readonly samples: readonly MetricSample[];
}

export interface MetricSample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Counts things by the labels that each of them has. */
export function countBy<T>(
  things: Iterable<T>,
  labelsOf: (thing: T) => Readonly<Record<string, string>>,
): MetricSample[] {
  const byKey = new Map<string, { readonly labels: Readonly<Record<string, string>>; value: number }>();
  for (const thing of things) {
    const labels = labelsOf(thing);
    const key = JSON.stringify(Object.values(labels));
    const known = byKey.get(key);
    if (known === undefined) byKey.set(key, { labels, value: 1 });
    else known.value += 1;
  }
  return [...byKey.values()];
}
