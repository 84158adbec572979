import { formatDuration } from '../duration.js';
import { isOpen, outcomeOf } from '../rollout-outcome.js';
import { doneWord, rolloutTitle } from '../rollout-text.js';
import { formatPackageWithDigest, formatTime } from '../units.js';
import { html, Markup } from './markup.js';
import type { ReportData } from './report-data.js';
import { plotsSection } from './report-plots.js';
import { reportStyle } from './report-style.js';
import { checklistSection, devicesSection, gatesSection, timelineSection } from './report-tables.js';

/** So that a report can be sent by mail. */
export const reportBytesMax = 1_000_000;
const rowsWanted = 2_000;

/** A rollout as one page that needs nothing else, of less than `reportBytesMax` bytes: long tables become shorter. */
export function reportPage(data: ReportData): string {
  for (let rowsMax = rowsWanted; ; rowsMax = Math.floor(rowsMax / 2)) {
    const page = pageOf(data, rowsMax);
    if (rowsMax === 0 || Buffer.byteLength(page) < reportBytesMax) return page;
  }
}

function pageOf(data: ReportData, rowsMax: number): string {
  const title = rolloutTitle(data.rollout);
  // The policy is a second fence behind the escaping: nothing on the page may run or load anything.
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${new Markup(reportStyle)}</style></head>
<body>
${headSection(data, title)}
${plotsSection(data)}
${checklistSection(data)}
${gatesSection(data)}
${timelineSection(data, rowsMax)}
${devicesSection(data, rowsMax)}
</body></html>
`.text;
}

function headSection(data: ReportData, title: string): Markup {
  const { rollout, missing } = data;
  const { asked, confirmed, isDone } = outcomeOf(rollout);
  const mood = isDone ? 'good' : isOpen(rollout) ? 'open' : 'bad';
  const facts = factsOf(data).map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`);
  const lacks =
    missing.length === 0 ? '' : html`<ul class="missing">${missing.map((text) => html`<li>${text}</li>`)}</ul>`;
  return html`<header><h1>${title}</h1>
<p><span class="status ${mood}">${rollout.status}</span> ${confirmed} of ${asked} device${asked === 1 ? '' : 's'} ${doneWord(rollout)}</p>
${rollout.detail === '' ? '' : html`<p>${rollout.detail}</p>`}
<dl>${facts}</dl>${lacks}</header>`;
}

function factsOf({ rollout, series, fleet, audit }: ReportData): readonly (readonly [string, string])[] {
  const { createdMs, createdBy, endedMs } = rollout;
  const endText = endedMs === null ? 'still open' : formatTime(endedMs);
  const tookText = formatDuration(Math.max(0, (endedMs ?? series.nowMs) - createdMs));
  const reason = audit.find(({ action, reason }) => action === rollout.kind && reason !== null)?.reason ?? null;
  return [
    ['Rollout', `${rollout.rolloutId} in fleet ${fleet}`],
    ['Package', rollout.package === null ? 'what each device had before' : formatPackageWithDigest(rollout.package)],
    ['Begun', `${formatTime(createdMs)} by ${createdBy}`],
    ...(reason === null ? [] : [['Reason', reason] as const]),
    ['Ended', endText],
    [endedMs === null ? 'Open for' : 'Took', tookText],
    ['This report', `made ${formatTime(series.nowMs)}`],
  ];
}
