import { html, Markup } from './markup.js';
import { type Axis, placeOn, timeAxis, timeLabel, valueAxis } from './scale.js';

/** A value of a slot of time, with the lowest and the highest of a single device. */
export interface PlotPoint {
  readonly startMs: number;
  readonly seconds: number;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

export interface PlotLine {
  /** Also its class: `canary` or `control`. */
  readonly name: string;
  readonly points: readonly PlotPoint[];
}

/** A moment that matters. */
export interface PlotMark {
  readonly atMs: number;
  readonly label: string;
}

export interface Plot {
  /** For those who do not see it. */
  readonly description: string;
  readonly unit: string;
  /** Whether the axis begins at zero. */
  readonly fromZero: boolean;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly lines: readonly PlotLine[];
  readonly marks: readonly PlotMark[];
}

const width = 540;
const height = 240;
const frame = { left: 50, right: 528, top: 34, bottom: 202 };
/** More points than that would run into each other. */
const dotsMax = 100;

interface Places {
  readonly x: (wallMs: number) => number;
  readonly y: (value: number) => number;
}

/** Lines over time as SVG, with the moments that matter; null where there is nothing to draw. */
export function drawPlot(plot: Plot): Markup | null {
  const all = plot.lines.flatMap(({ points }) => points);
  if (all.length === 0) return null;
  const values = valueAxis(
    all.flatMap(({ low, high }) => [low, high]),
    plot.fromZero,
  );
  const time = timeAxis(plot.fromMs, plot.untilMs);
  const places: Places = {
    x: (wallMs) => placeOn(time, wallMs, frame.left, frame.right),
    y: (value) => placeOn(values, value, frame.bottom, frame.top),
  };
  return html`<svg class="plot" viewBox="0 0 ${width} ${height}" role="img" aria-label="${plot.description}">
${drawValueAxis(values, plot.unit, places)}${drawTimeAxis(time, places)}${drawMarks(plot.marks, time, places)}
${plot.lines.map((line) => drawLine(line, places))}
</svg>`;
}

function drawValueAxis({ ticks }: Axis, unit: string, { y }: Places): Markup {
  const lines = ticks.map(
    (tick) =>
      html`<line class="grid" x1="${frame.left}" x2="${frame.right}" y1="${y(tick)}" y2="${y(tick)}"/><text class="tick" x="${frame.left - 6}" y="${y(tick) + 4}" text-anchor="end">${tick}</text>`,
  );
  return html`${lines}<text class="unit" x="${frame.left - 6}" y="${frame.top - 14}" text-anchor="end">${unit}</text>`;
}

function drawTimeAxis(time: Axis, { x }: Places): Markup {
  const labels = time.ticks.map(
    (tick) =>
      html`<line class="axis" x1="${x(tick)}" x2="${x(tick)}" y1="${frame.bottom}" y2="${frame.bottom + 4}"/><text class="tick" x="${x(tick)}" y="${frame.bottom + 17}" text-anchor="${anchorAt(x(tick))}">${timeLabel(time, tick)}</text>`,
  );
  return html`<line class="axis" x1="${frame.left}" x2="${frame.right}" y1="${frame.bottom}" y2="${frame.bottom}"/>${labels}<text class="unit" x="${frame.right}" y="${height - 2}" text-anchor="end">time in UTC</text>`;
}

/** So that nothing at an edge is cut off. */
function anchorAt(place: number): string {
  if (place > frame.right - 20) return 'end';
  return place < frame.left + 10 ? 'start' : 'middle';
}

/** What a letter of a label takes at most. */
const letterWidth = 7;

/** Labels that would overlap become one. */
function drawMarks(marks: readonly PlotMark[], { low, high }: Axis, { x }: Places): Markup {
  const labels: { place: number; end: number; text: string }[] = [];
  const shown = marks.filter(({ atMs }) => atMs >= low && atMs <= high).sort((a, b) => a.atMs - b.atMs);
  for (const { atMs, label } of shown) {
    const last = labels.at(-1);
    const place = x(atMs);
    if (last === undefined || place > last.end + 8) {
      labels.push({ place, end: place + label.length * letterWidth, text: label });
    } else {
      last.text = `${last.text}, ${label}`;
      last.end = last.place + last.text.length * letterWidth;
    }
  }
  const lines = shown.map(
    ({ atMs }) => html`<line class="mark" x1="${x(atMs)}" x2="${x(atMs)}" y1="${frame.top - 8}" y2="${frame.bottom}"/>`,
  );
  const texts = labels.map(({ place, end, text }) => {
    const isCut = end > frame.right;
    return html`<text class="mark-label" x="${isCut ? frame.right : place}" y="${frame.top - 14}" text-anchor="${isCut ? 'end' : 'start'}">${text}</text>`;
  });
  return html`${lines}${texts}`;
}

function drawLine({ name, points }: PlotLine, places: Places): Markup {
  const runs = splitAtGaps(points).map((run) => drawRun(run, places));
  const dots = points.length > dotsMax ? [] : points.map((point) => drawDot(name, point, places));
  return html`<g class="${name}">${runs}${dots}</g>`;
}

/** Points that follow each other; where a slot is missing, so is the line. */
export function splitAtGaps(points: readonly PlotPoint[]): readonly (readonly PlotPoint[])[] {
  const runs: PlotPoint[][] = [];
  for (const point of points) {
    const last = runs.at(-1)?.at(-1);
    const isNext = last !== undefined && point.startMs - (last.startMs + last.seconds * 1_000) < last.seconds * 500;
    if (isNext) runs.at(-1)?.push(point);
    else runs.push([point]);
  }
  return runs;
}

function middleOf({ startMs, seconds }: PlotPoint): number {
  return startMs + seconds * 500;
}

function drawRun(run: readonly PlotPoint[], { x, y }: Places): Markup {
  if (run.length < 2) return new Markup('');
  const along = (value: (point: PlotPoint) => number) => run.map((point) => `${x(middleOf(point))},${y(value(point))}`);
  const band = [...along(({ high }) => high), ...along(({ low }) => low).reverse()].join(' ');
  return html`<polygon class="band" points="${band}"/><polyline class="line" points="${along(({ mean }) => mean).join(' ')}"/>`;
}

/** Circles and squares, so that lines are told apart without colours. */
function drawDot(name: string, point: PlotPoint, { x, y }: Places): Markup {
  const [cx, cy] = [x(middleOf(point)), y(point.mean)];
  return name === 'canary'
    ? html`<circle class="dot" cx="${cx}" cy="${cy}" r="2.6"/>`
    : html`<rect class="dot" x="${(cx - 2.2).toFixed(1)}" y="${(cy - 2.2).toFixed(1)}" width="4.4" height="4.4"/>`;
}
