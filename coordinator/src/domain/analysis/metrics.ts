import type { AnalysedMetric } from '@liquid-lln/protocol';
import type { Cell } from './cell.js';

/** How a metric is compared. */
export interface MetricTraits {
  readonly metric: AnalysedMetric;
  readonly read: (cell: Cell) => number | null;
  /** Whether only values of one thermal band are compared with each other. */
  readonly isWithinBand: boolean;
  /** Whether it takes a sensor, and not only requests. */
  readonly isSensed: boolean;
  /** A change from which on it concerns anybody, on the scale of `read`. */
  readonly relevant: number;
  /** The end of what is still good: an interval that ends below it is a success. */
  readonly tolerable: number;
  /** From the scale of `read` to what people read. */
  readonly toEffect: (difference: number) => number;
  readonly unit: 'ratio' | 'C' | 'share';
}

/** What is measured by logarithms: a difference of them is a ratio, the same on slow devices and on fast ones. */
const asRatio = { toEffect: Math.expm1, unit: 'ratio' } as const;
const asItIs = { toEffect: (difference: number) => difference };

/**
 * What is compared. The tolerable ends are the policy's alerts (latency threshold + 20 %, energy budget + 15 %, errors
 * 5 % against a healthy 1 %); what is relevant is half of what the policy calls unhealthy, or less.
 */
export const metricTraits: readonly MetricTraits[] = [
  {
    metric: 'error-rate',
    read: ({ tries, errors }) => (tries > 0 ? errors / tries : null),
    isSensed: false,
    isWithinBand: false,
    relevant: 0.01,
    tolerable: 0.04,
    ...asItIs,
    unit: 'share',
  },
  {
    metric: 'latency',
    read: ({ latencyLog }) => latencyLog,
    isSensed: false,
    isWithinBand: true,
    relevant: Math.log1p(0.05),
    tolerable: Math.log1p(0.2),
    ...asRatio,
  },
  {
    metric: 'energy',
    read: ({ energyLog }) => energyLog,
    isSensed: true,
    isWithinBand: true,
    relevant: Math.log1p(0.05),
    tolerable: Math.log1p(0.15),
    ...asRatio,
  },
  {
    metric: 'temperature',
    read: ({ temperatureC }) => temperatureC,
    isSensed: true,
    isWithinBand: false,
    relevant: 3,
    tolerable: 8,
    ...asItIs,
    unit: 'C',
  },
  {
    metric: 'memory',
    read: ({ memoryRatio }) => memoryRatio,
    isSensed: true,
    isWithinBand: false,
    relevant: 0.05,
    tolerable: 0.1,
    ...asItIs,
    unit: 'share',
  },
];
