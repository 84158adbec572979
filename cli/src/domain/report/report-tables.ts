import { hasIssue, type MetricFinding, type RolloutSummary, tallyRollout } from '@liquid-lln/protocol';
import { checklistTable, standText } from '../checklist-text.js';
import { formatDuration } from '../duration.js';
import { describeEvent } from '../event-text.js';
import { analysisTable, issueLines, memberTable, waveTable } from '../rollout-text.js';
import type { Table } from '../table.js';
import { formatTime } from '../units.js';
import { html, type Markup } from './markup.js';
import type { ReportData } from './report-data.js';
import { placeOn } from './scale.js';

/** Longer texts are cut: the command that shows them whole is named beside the table. */
const cellMax = 600;

function cell(text: string): string {
  return text.length <= cellMax ? text : `${text.slice(0, cellMax)} ...`;
}

/** A table as HTML; `extra` adds a cell to each row. */
function htmlTable(
  { head, rows }: Table,
  extra?: { readonly title: string; readonly cells: readonly Markup[] },
): Markup {
  const titles = [...head, ...(extra === undefined ? [] : [extra.title])];
  const body = rows.map(
    (row, place) =>
      html`<tr>${row.map((text) => html`<td>${cell(text)}</td>`)}${extra === undefined ? '' : html`<td>${extra.cells[place] ?? ''}</td>`}</tr>\n`,
  );
  return html`<div class="wide"><table><thead><tr>${titles.map((title) => html`<th scope="col">${title}</th>`)}</tr></thead><tbody>
${body}</tbody></table></div>`;
}

/** What was known of the package when the rollout began, and who went on although something was open. */
export function checklistSection({ rollout: { checklist } }: ReportData): Markup {
  if (checklist === undefined)
    return html`<section><h2>Checklist</h2><p class="missing">None was asked for.</p></section>`;
  const { items, atMs } = checklist;
  const forced = checklist.forced === null ? '' : html`<p class="missing">${standText(checklist)}</p>`;
  return html`<section><h2>Checklist</h2>
<p>As it stood when the rollout began, ${formatTime(atMs)}.</p>${forced}
${htmlTable(checklistTable(items))}</section>`;
}

/** Each wave's gate, and what the comparison of canaries and controls found. */
export function gatesSection({ rollout }: ReportData): Markup {
  return html`<section><h2>Gates and their evidence</h2>
${htmlTable(wavesWithTimes(rollout))}
${analysisBlock(rollout)}</section>`;
}

function wavesWithTimes(rollout: RolloutSummary): Table {
  const { head, rows } = waveTable(rollout);
  const passed = rollout.waves.map(({ startedMs, passedMs = null, promotedBy }) => {
    if (startedMs === null) return 'never began';
    if (passedMs === null) return 'no';
    const by = promotedBy === undefined ? '' : `, by the word of ${promotedBy}`;
    return `after ${formatDuration(Math.max(0, passedMs - startedMs))}${by}`;
  });
  return { head: [...head, 'PASSED'], rows: rows.map((row, place) => [...row, passed[place] ?? '']) };
}

function analysisBlock({ analysis }: RolloutSummary): Markup {
  if (analysis === undefined || analysis.findings.length === 0) {
    return html`<p class="missing">No comparison of canaries with controls: none was asked for, or there was nothing to compare.</p>`;
  }
  const { waveIndex, verdict, looks, cleanInferences, evidenceMin, isGate, findings } = analysis;
  const role = isGate ? 'the wave waited for this verdict' : 'shown only: no wave waited for it';
  return html`<h3>Comparison in wave ${waveIndex + 1}: ${verdict}</h3>
<p>${looks} look${looks === 1 ? '' : 's'} at the data; ${cleanInferences} clean inferences with the new package, ${evidenceMin} needed; ${role}.</p>
${htmlTable(analysisTable(analysis), { title: 'BETTER | WORSE', cells: findings.map(drawInterval) })}
<p class="note">The interval holds the true change at every look, all looks together. Positive is worse. Verdicts of earlier waves are in the timeline.</p>`;
}

const strip = { width: 160, height: 22, middle: 11, inset: 6 };

/** An effect with its interval about zero, on a scale of its own. */
export function drawInterval({ effect, low, high, metric }: MetricFinding): Markup {
  const ends = [low, high, effect].filter((end) => end !== null);
  const reach = Math.max(...ends.map(Math.abs), 0);
  if (effect === null || reach === 0) return html`<span class="missing">not known</span>`;
  const x = (value: number) =>
    placeOn({ low: -reach, high: reach, ticks: [] }, value, strip.inset, strip.width - strip.inset);
  const bar =
    low === null || high === null
      ? ''
      : html`<line class="interval" x1="${x(low)}" x2="${x(high)}" y1="${strip.middle}" y2="${strip.middle}"/>`;
  return html`<svg class="strip" viewBox="0 0 ${strip.width} ${strip.height}" role="img" aria-label="the effect on ${metric} with its interval"><line class="zero" x1="${x(0)}" x2="${x(0)}" y1="1" y2="${strip.height - 1}"/>${bar}<circle class="effect" cx="${x(effect)}" cy="${strip.middle}" r="4"/></svg>`;
}

/** What people and the coordinator decided, and what devices said, by time. */
export function timelineSection({ audit, events }: ReportData, rowsMax: number): Markup {
  const decided = audit.slice(0, rowsMax).map(({ atMs, actor, action, reason, detail }) => ({
    atMs,
    cells: [
      actor,
      action,
      [reason === null ? '' : `reason: ${reason}`, detail].filter((text) => text !== '').join('; '),
    ],
  }));
  const told = events.slice(0, rowsMax - decided.length).map(({ atMs, deviceId, body }) => ({
    atMs,
    cells: [deviceId, body.kind, describeEvent(body)],
  }));
  const rows = [...decided, ...told].sort((a, b) => a.atMs - b.atMs);
  const left = audit.length + events.length - rows.length;
  return html`<section class="timeline"><h2>Timeline</h2>
${
  rows.length === 0
    ? html`<p class="missing">Nothing was recorded.</p>`
    : htmlTable({
        head: ['WHEN', 'WHO', 'WHAT', 'DETAIL'],
        rows: rows.map(({ atMs, cells }) => [formatTime(atMs), ...cells]),
      })
}
<p class="note">What people and the coordinator did is from the audit log; what devices did is told by them, at the time of their own clocks.${left === 0 ? '' : ` ${left} more are left out: see liquid-lln audit and liquid-lln events.`}</p></section>`;
}

/** Each device; those that did not end well first. */
export function devicesSection({ rollout }: ReportData, rowsMax: number): Markup {
  const inOrder = [...rollout.members.filter(hasIssue), ...rollout.members.filter((member) => !hasIssue(member))];
  const members = inOrder.slice(0, rowsMax);
  const left = inOrder.length - members.length;
  const rest = left === 0 ? '' : html`<p class="note">${left} more are left out: see liquid-lln rollouts --json.</p>`;
  return html`<section><h2>Devices</h2>
<p>${countsText(rollout)}</p>
${members.length === 0 ? issueLines(rollout).map((line) => html`<p>${line}</p>`) : htmlTable(withWaves({ ...rollout, members }))}${rest}</section>`;
}

function withWaves(rollout: RolloutSummary): Table {
  const { head, rows } = memberTable(rollout);
  return {
    head: [...head.slice(0, 1), 'WAVE', ...head.slice(1)],
    rows: rows.map((row, place) => [
      ...row.slice(0, 1),
      `${(rollout.members[place]?.waveIndex ?? 0) + 1}`,
      ...row.slice(1),
    ]),
  };
}

/** `5 confirmed, 1 reverted` */
function countsText(rollout: RolloutSummary): string {
  const outcomes = Object.entries(tallyRollout(rollout).outcomes);
  return outcomes.map(([progress, number]) => `${number} ${progress}`).join(', ');
}
