import type { RolloutSummary, SeriesCohort, SeriesPoint } from '@liquid-lln/protocol';
import { formatDuration } from '../duration.js';
import { formatTime } from '../units.js';
import { html, type Markup } from './markup.js';
import { drawPlot, type PlotLine, type PlotMark, type PlotPoint } from './plot.js';
import type { ReportData } from './report-data.js';

interface Metric {
  readonly title: string;
  readonly note: string;
  readonly fromZero: boolean;
  readonly valuesOf: (point: SeriesPoint) => Pick<PlotPoint, 'mean' | 'low' | 'high'> | null;
  /** The units it is shown in, largest first, and what one of each is in the recorded unit. */
  readonly units: readonly (readonly [unit: string, size: number])[];
}

const metrics: readonly Metric[] = [
  {
    title: 'Latency',
    note: 'Geometric mean over inferences; the band reaches from the fastest to the slowest device.',
    fromZero: true,
    valuesOf: ({ latencyUs }) => latencyUs,
    units: [
      ['s', 1_000_000],
      ['ms', 1_000],
      ['us', 1],
    ],
  },
  {
    title: 'Energy',
    note: 'Power while inferring, geometric mean over readings; the band reaches from the lowest to the highest device.',
    fromZero: true,
    valuesOf: ({ energyMw }) => energyMw,
    units: [
      ['W', 1_000],
      ['mW', 1],
    ],
  },
  {
    title: 'Temperature',
    note: 'Mean over devices; the band reaches from the coolest to the hottest device.',
    fromZero: false,
    valuesOf: ({ temperatureC }) => temperatureC,
    units: [['°C', 1]],
  },
  {
    title: 'Errors',
    note: 'Share of inferences that failed, over all devices of the cohort.',
    fromZero: true,
    valuesOf: ({ tries, errors }) => {
      if (tries === 0) return null;
      const percent = (100 * errors) / tries;
      return { mean: percent, low: percent, high: percent };
    },
    units: [['%', 1]],
  },
];

type CohortTexts = Readonly<Record<SeriesCohort, string>>;

function cohortTextsOf({ package: brought }: RolloutSummary): CohortTexts {
  return brought === null
    ? { canary: 'canary: devices that went back', control: 'control: devices of the target that did not' }
    : { canary: 'canary: devices with the package', control: 'control: devices of the target without it' };
}

/** One figure for each metric: what the cohorts did over time, or that nobody knows. */
export function plotsSection(data: ReportData): Markup {
  return html`<section><h2>Canary against control</h2>
<p class="note">A device counts as canary from when it runs what the rollout brought until it leaves it. A break in a line means that no device reported.</p>
<div class="figures">${metrics.map((metric) => plotFigure(metric, data))}</div></section>`;
}

function plotFigure(metric: Metric, data: ReportData): Markup {
  const lines = (['canary', 'control'] as const).map((cohort) => lineOf(metric, data.series.points, cohort));
  const highest = Math.max(...lines.flatMap(({ points }) => points.map(({ high }) => high)));
  const [unit, size] = metric.units.find(([, each]) => highest >= each) ?? metric.units.at(-1) ?? ['', 1];
  const drawn = drawPlot({
    description: `${metric.title} in ${unit} of canaries and controls over time`,
    unit,
    fromZero: metric.fromZero,
    ...spanOf(data),
    lines: lines.map(({ name, points }) => ({ name, points: points.map((point) => scaled(point, size)) })),
    marks: marksOf(data.rollout),
  });
  const texts = cohortTextsOf(data.rollout);
  const legend = (['canary', 'control'] as const).map(
    (cohort, place) =>
      html`<li class="${cohort}"><span class="key"></span>${texts[cohort]}${countText(lines[place], data, cohort)}</li>`,
  );
  return html`<figure><figcaption><h3>${metric.title}</h3></figcaption>
${drawn ?? html`<p class="missing">No figures: ${whyNone(data)}</p>`}
${drawn === null ? '' : html`<ul class="legend">${legend}</ul><p class="note">${metric.note}</p>`}</figure>`;
}

function scaled(point: PlotPoint, size: number): PlotPoint {
  return { ...point, mean: point.mean / size, low: point.low / size, high: point.high / size };
}

function lineOf({ valuesOf }: Metric, points: readonly SeriesPoint[], cohort: SeriesCohort): PlotLine {
  const own = points.flatMap((point) => {
    const values = point.cohort === cohort ? valuesOf(point) : null;
    return values === null ? [] : [{ startMs: point.startMs, seconds: point.seconds, ...values }];
  });
  return { name: cohort, points: own };
}

function countText(line: PlotLine | undefined, { series }: ReportData, cohort: SeriesCohort): string {
  if (line === undefined || line.points.length === 0) return ' (no figures)';
  const devices = Math.max(...series.points.filter((point) => point.cohort === cohort).map((point) => point.devices));
  return ` (up to ${devices})`;
}

function whyNone({ rollout, series }: ReportData): string {
  if (series.points.length > 0) return 'no device reported this one.';
  const kept = formatDuration(series.keptSeconds * 1_000);
  const endMs = rollout.endedMs ?? series.nowMs;
  return series.nowMs - endMs > series.keptSeconds * 1_000
    ? `the coordinator keeps them for ${kept}, and the rollout ended ${formatTime(endMs)}.`
    : 'no device has published any in the time of this rollout.';
}

function spanOf({ rollout, series }: ReportData): { fromMs: number; untilMs: number } {
  const starts = series.points.map(({ startMs }) => startMs);
  const ends = series.points.map(({ startMs, seconds }) => startMs + seconds * 1_000);
  return {
    fromMs: Math.min(rollout.createdMs, ...starts),
    untilMs: Math.max(rollout.endedMs ?? series.nowMs, ...ends),
  };
}

function marksOf({ waves, endedMs, status }: RolloutSummary): readonly PlotMark[] {
  const begun = waves.flatMap(({ startedMs }, index) =>
    startedMs === null ? [] : [{ atMs: startedMs, label: `wave ${index + 1}` }],
  );
  return endedMs === null ? begun : [...begun, { atMs: endedMs, label: status }];
}
