import * as v from 'valibot';
import { count, finite, text, wallClockMs } from '../base/schema.js';
import { verdictSchema } from '../health/figures.js';

export const analysedMetricSchema = v.picklist(['error-rate', 'latency', 'energy', 'temperature', 'memory']);
export type AnalysedMetric = v.InferOutput<typeof analysedMetricSchema>;

/** What a comparison of the devices with a new package and the others says about one metric. */
export const metricFindingSchema = v.strictObject({
  metric: analysedMetricSchema,
  verdict: verdictSchema,
  /** The change that the package makes: positive is worse. Null where nothing could be compared. */
  effect: v.nullable(finite),
  /** An interval that holds the true change at every look, all looks together, but for the chance of a false alarm. */
  low: v.nullable(finite),
  high: v.nullable(finite),
  /** `ratio`: of the value before (0.1 = 10 % more); `share`: of all (0.01 = one of a hundred more); `C`: degrees. */
  unit: v.picklist(['ratio', 'share', 'C']),
  /** Devices that went into it, with the new package and without. */
  canaries: count,
  controls: count,
  /** In words: what the verdict rests on, or what is missing. */
  detail: text(200),
});
export type MetricFinding = v.InferOutput<typeof metricFindingSchema>;

/** `latency +12.1 % (+4.0 % to +20.8 %)` */
export function describeFinding(finding: MetricFinding): string {
  const { metric, effect, low, high, detail } = finding;
  const parts = [
    metric,
    effect === null ? '' : describeEffect(effect, finding),
    low === null || high === null ? '' : `(${describeInterval(finding)})`,
    detail,
  ];
  return parts.filter((part) => part !== '').join(' ');
}

/** `+12.1 %` of the value before, `+0.4 points` of all, `-1.5 C`. */
export function describeEffect(value: number, { unit }: Pick<MetricFinding, 'unit'>): string {
  const [scale, suffix] = unit === 'C' ? [1, 'C'] : [100, unit === 'ratio' ? '%' : 'points'];
  return `${value < 0 ? '' : '+'}${(value * scale).toFixed(1)} ${suffix}`;
}

/** `+4.0 % to +20.8 %`; empty without an interval. */
export function describeInterval({ low, high, unit }: MetricFinding): string {
  return low === null || high === null ? '' : `${describeEffect(low, { unit })} to ${describeEffect(high, { unit })}`;
}

/** The analysis of a wave, as far as it is. */
export const waveAnalysisViewSchema = v.strictObject({
  waveIndex: count,
  verdict: verdictSchema,
  /** How often the data were looked at; each look has its share of the chance of a false alarm. */
  looks: count,
  findings: v.pipe(v.array(metricFindingSchema), v.maxLength(16)),
  /** Inferences that went well with the new package, and how many the wave needs. */
  cleanInferences: count,
  evidenceMin: count,
  /** When a verdict that is still open stops holding the wave, unless there is a sign of harm. */
  holdUntilMs: v.nullable(wallClockMs),
  /** Whether the wave waits for the verdict; otherwise it is only shown. */
  isGate: v.boolean(),
});
export type WaveAnalysisView = v.InferOutput<typeof waveAnalysisViewSchema>;

/** How an operator wants a rollout analysed; what is left out keeps its default. */
export const analysisRequestSchema = v.strictObject({
  /** Whether waves wait for the verdict. By default where it can come to one: see docs/COORDINATOR.md. */
  gate: v.exactOptional(v.boolean()),
  /** How long an open verdict holds a wave. */
  holdSeconds: v.exactOptional(v.pipe(count, v.maxValue(30 * 24 * 3600))),
  /** Clean inferences that a wave needs in all. */
  evidenceMin: v.exactOptional(v.pipe(count, v.maxValue(1_000_000_000))),
});
export type AnalysisRequest = v.InferOutput<typeof analysisRequestSchema>;
